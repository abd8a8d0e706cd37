import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from interfacekit.report.layout import Table, prose
from interfacekit.report.wrapping import atoms, wrap

PRODUCTS = "0.2368 Co3S4 + 0.2105 Li2SO4 + 0.193 LiCoPO4 + 0.09649 GeO2"
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)


def rendered(table, width, encoding="utf-8"):
    console = Console(file=io.TextIOWrapper(io.BytesIO(), encoding), width=width)
    with console.capture() as captured:
        console.print(table)
    return captured.get()


def products(n_columns, n_rows=2, text=PRODUCTS):
    """A table whose first column identifies rows, with numbers between it and the last."""
    columns = ("phase", *(f"energy {n} (meV/non-Li atom)" for n in range(n_columns)), "products")
    table = Table("Reactions with a long title that is wrapped", columns)
    for row in range(n_rows):
        table.add_row(f"A{row}", *(f"-{100 * n + row}.5" for n in range(n_columns)), text)
    return table


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        (PRODUCTS, ["0.2368 Co3S4", "+ 0.2105 Li2SO4", "+ 0.193 LiCoPO4", "+ 0.09649 GeO2"]),
        ("2 LCO + Li2S -> Co + O2", ["2 LCO", "+ Li2S", "-> Co", "+ O2"]),
        ("2.291 [2.186, 2.386]", ["2.291 [2.186, 2.386]"]),
        ("(2.26 ± 0.03)e-09", ["(2.26 ± 0.03)e-09"]),
        ("Li2S 89, GeS2 88, ...", ["Li2S 89,", "GeS2 88,", "..."]),
        ("1.808-3.392, 4.000-5.000", ["1.808-3.392,", "4.000-5.000"]),
        ("not converged", ["not", "converged"]),
    ],
)
def test_what_stays_on_one_line(text, pieces):
    assert atoms(text) == pieces


def test_a_sentence_keeps_numbers_with_their_units_alone():
    assert atoms("above the hull at most 25 meV/atom", is_prose=True) == [
        *("above", "the", "hull", "at", "most"),
        "25 meV/atom",
    ]


def test_an_amount_stays_with_its_phase_where_an_operator_is_one_too_many():
    assert wrap("Co + 0.08571 Li2Co(SO4)2", 19) == ["Co +", "0.08571 Li2Co(SO4)2"]


@given(NAMES, st.integers(10, 60))
def test_no_line_is_wider_than_the_width(text, width):
    assert all(cell_len(line) <= width for line in wrap(text, width))
    assert "".join(" ".join(wrap(text, width)).split()) == "".join(text.split())


def test_one_grid_where_it_fits():
    lines = rendered(products(2), 80).splitlines()
    assert sum("phase" in line for line in lines) == 1
    assert max(map(len, lines)) <= 80


def test_columns_are_split_and_the_first_is_repeated():
    text = rendered(products(3), 50)
    assert [line.split()[0] for line in text.splitlines() if line.startswith("A")] == ["A0", "A1"] * 2
    assert text.count("phase") == 2


def test_rows_become_blocks_where_columns_are_too_many():
    text = rendered(products(9), 40)
    assert text.count("phase") == text.count("products") == 2
    assert max(map(len, text.splitlines())) <= 40
    assert text.count("(meV/non-Li atom)") == 18


@given(NAMES, st.integers(0, 6), st.integers(30, 130))
def test_user_text_is_shown_as_it_is_given(name, n_columns, width):
    text = rendered(products(n_columns, text=f"x{name}"), width)
    assert all(cell_len(line) <= width for line in text.splitlines())
    assert "\x1b" not in text


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("name", ["Li[bold]Co[/]", "[/]", ":smile:", "[link=x]LCO", "[red"])
def test_marks_of_rich_are_text(name, width):
    table = Table(f"Phases of {name}", ("phase", f"of {name}"))
    table.add_row(name, "1.0")
    text = rendered(table, width)
    assert text.count(name) == 3
    assert name in prose(name, width, "utf-8").plain


def test_an_ascii_terminal_gets_ascii_of_the_same_width():
    table = Table("β phase", ("phase", "D (Å2/s)"))
    table.add_row("β", "0.547 ± 0.010")
    text = rendered(table, 40, "ascii")
    assert text.isascii()
    assert "0.547 +/- 0.010" in text
    lines = text.splitlines()
    (rule,) = (n for n, line in enumerate(lines) if set(line) == {"-"})
    assert lines[rule + 1] == "beta    0.547 +/- 0.010"
    assert len(lines[rule]) == len(lines[rule + 1])
    assert lines[rule - 1].split() == ["phase", "(A2/s)"]


def test_numbers_are_right_aligned_and_words_are_not():
    table = Table("", ("phase", "reduction (V)", "products (%)"))
    table.add_row("LCO", "1.5", "Li2S 89")
    table.add_row("LNO", "closed", "-")
    lines = rendered(table, 80).splitlines()
    row = next(line for line in lines if line.startswith("LCO"))
    assert row.index("1.5") + 3 == lines[-2].index("closed") + 6
    assert row.index("Li2S") == lines[-2].index(" -") + 1


def test_soft_hyphens_of_headers_are_no_text():
    table = Table("", ("phase", "decom\N{SOFT HYPHEN}poses (meV)"))
    table.add_row("LNO", "-108.0")
    assert "decomposes" in rendered(table, 80, "ascii")
