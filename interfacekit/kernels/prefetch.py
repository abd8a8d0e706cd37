"""Asking the processor for memory that a kernel will need soon; results never depend on it."""

from __future__ import annotations

from llvmlite import ir
from numba import config, types
from numba.core import cgutils
from numba.extending import intrinsic


@intrinsic
def _instruction(_context, array, index):
    """Start loading `array[index]` (one dimension, uint64 index) into the caches."""
    if not (isinstance(array, types.Array) and array.ndim == 1 and index == types.uint64):
        return None

    def generate(context, builder, signature, arguments):
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        byte = ir.IntType(8).as_pointer()
        word = ir.IntType(32)
        address = builder.bitcast(builder.gep(data, [arguments[1]]), byte)
        function = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(ir.VoidType(), [byte, word, word, word]), "llvm.prefetch.p0"
        )
        read, keep, data_cache = (ir.Constant(word, value) for value in (0, 3, 1))
        builder.call(function, [address, read, keep, data_cache])
        return context.get_dummy_value()

    return types.void(array, index), generate


def _nothing(array, index):
    """Do nothing: Python has no such instruction, and needs none."""


prefetch = _nothing if config.DISABLE_JIT else _instruction
