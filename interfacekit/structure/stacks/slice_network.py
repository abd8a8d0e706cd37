"""Sites and hops of a stack of crystals as a network, its planes being the slices of the stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from interfacekit.transport.hopping.network import Network, network

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interfacekit.structure.stacks.geometry import Built


def slice_network(
    built: Built, layer_names: Sequence[str], contact_names: Sequence[str], repeats: tuple[int, int]
) -> Network:
    """Repeat the sites of a stack in the plane.

    Parameters
    ----------
    built
        Sites and hops of one cell.
    layer_names, contact_names
        Names of site classes, and of classes of hops across contacts.
    repeats
        Cells along both in-plane vectors.

    Raises
    ------
    InputError
        If a site would meet itself or a neighbour twice.
    """
    nx, ny = repeats
    n, cells = len(built.positions_A), nx * ny
    y, x = np.divmod(np.arange(cells), nx)
    shift = np.zeros((cells, 1, 3))
    shift[:, 0, :2] = np.column_stack([x, y]) @ built.cell_A
    positions = (built.positions_A + shift).reshape(-1, 3)
    ends = np.column_stack([x, y])[:, None, :] + built.images
    home, image = ends % repeats, ends // repeats
    origins = (np.arange(cells)[:, None] * n + built.origins).ravel()
    targets = ((home[..., 0] + nx * home[..., 1]) * n + built.targets).ravel()
    images = np.column_stack([image.reshape(-1, 2), np.zeros(len(origins), int)])
    names = [f"{name} hop" for name in contact_names]
    for name, place in zip(layer_names, built.places, strict=True):
        names += [f"{name} {kind}" for kind in place.solid.class_names]
    box = np.zeros((3, 3))
    box[:2, :2], box[2, 2] = built.cell_A * np.array(repeats)[:, None], built.height_A
    kinds = np.tile(built.link_kinds, cells)
    planes = np.repeat(np.arange(len(built.sites_of_planes)), built.sites_of_planes)
    return network(
        cell_A=box,
        positions_A=positions,
        origins=np.concatenate([origins, targets]),
        targets=np.concatenate([targets, origins]),
        images=np.concatenate([images, -images]),
        hop_classes=np.tile(kinds, 2),
        class_names=names,
        site_classes=np.tile(built.layer_of_planes[planes], cells),
        site_class_names=layer_names,
        planes=np.tile(planes, cells),
    )
