"""Faults that tests find: `python -m tests.mutations MODULE NUMBER TEST_FILE...`.

Faults are drawn from the functions of a module, alike in each run: another comparison or sign, another number, a
condition negated, a value not returned, a call left out. The tests that `make test` would run of the files are
collected once; then each fault is put into a copy of the process, which runs them up to the first failure.
"""

import ast
import copy
import gc
import importlib
import inspect
import os
import random
import signal
import sys
import time
from types import CodeType, FunctionType

import pytest

SWAPPED = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult, ast.Pow: ast.Mult,
}  # fmt: skip
#: A fault may make a loop endless: how much longer than without it tests may take.
PATIENCE, AT_LEAST_s = 5.0, 20.0


def changed(node):
    """Copies of a node of a syntax tree with one fault each."""

    def copied(**fields):
        other = copy.deepcopy(node)
        for name, value in fields.items():
            setattr(other, name, value)
        return other

    match node:
        case ast.Compare(ops=[first, *others]) if type(first) in SWAPPED:
            yield copied(ops=[SWAPPED[type(first)](), *others])
        case ast.BinOp(op=op) | ast.BoolOp(op=op) | ast.AugAssign(op=op) if type(op) in SWAPPED:
            yield copied(op=SWAPPED[type(op)]())
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield operand
        case ast.Constant(value=bool() | int() | float() as value):
            yield copied(value=another(value))
        case ast.If(test=test) | ast.IfExp(test=test):
            yield copied(test=ast.UnaryOp(ast.Not(), test))
        case ast.Return(value=value) if value is not None:
            yield copied(value=ast.Constant(None))
        case ast.Expr(value=ast.Call()):
            yield ast.Pass()


def another(value):
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int) else 2 * value or 1.0


class Replaced(ast.NodeTransformer):
    """A tree with one node replaced."""

    def __init__(self, old, new):
        self.old, self.new = old, new

    def visit(self, node):
        return ast.copy_location(self.new, node) if node is self.old else self.generic_visit(node)


def faults(module):
    """Line, fault and code objects by qualified name of every fault in the functions of a module."""
    source = inspect.getsource(module)
    tree = ast.parse(source)
    bodies = [s for f in ast.walk(tree) if isinstance(f, ast.FunctionDef) for s in f.body]
    nodes = {id(node): node for body in bodies for node in ast.walk(body)}
    plain = codes(compile(tree, module.__file__, "exec"))
    for node in nodes.values():
        for new in changed(node):
            # Shallow copies would share nodes, of which each has to be itself.
            mutant = Replaced(node, new).visit(_sharing(tree, node))
            found = codes(compile(ast.fix_missing_locations(mutant), module.__file__, "exec"))
            different = {name: code for name, code in found.items() if code != plain.get(name)}
            if different and all(plain[name].co_freevars == code.co_freevars for name, code in different.items()):
                yield node.lineno, f"{ast.unparse(node)} -> {ast.unparse(new)}", different


def _sharing(tree, node):
    """A copy of a tree with one of its own nodes still in it."""
    return copy.deepcopy(tree, {id(node): node})


def codes(code):
    """Code objects of functions that are not within others, by qualified name."""
    found = {}
    for const in code.co_consts:
        if isinstance(const, CodeType):
            if const.co_flags & inspect.CO_NEWLOCALS:
                found[const.co_qualname] = const
            else:
                found |= codes(const)
    return found


class Mutations:
    """Runs the collected tests once, and once with each fault."""

    def __init__(self, module, number):
        self.module, self.number = module, number

    def pytest_configure(self):
        from hypothesis import settings

        # A failure that hypothesis remembers would be found again in the next run.
        settings.register_profile("mutations", database=None, derandomize=True)
        settings.load_profile("mutations")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session):
        module = importlib.import_module(self.module)
        functions = {}
        for f in gc.get_objects():
            if isinstance(f, FunctionType) and f.__module__ == self.module:
                functions.setdefault(f.__code__.co_qualname, []).append(f)
        drawn = [fault for fault in faults(module) if all(name in functions for name in fault[2])]
        drawn = random.Random(1).sample(drawn, min(self.number, len(drawn)))  # noqa: S311
        begin = time.monotonic()
        if run_with(session, {}, functions, 3600) != "survived":
            sys.exit("the tests fail without any fault")
        limit = max(PATIENCE * (time.monotonic() - begin), AT_LEAST_s)
        outcomes = []
        for line, fault, different in sorted(drawn, key=lambda fault: fault[:2]):
            outcomes.append(run_with(session, different, functions, limit))
            tell(f"{outcomes[-1]:9} {self.module}:{line}: {fault.splitlines()[0][:150]}")
        killed = len(outcomes) - outcomes.count("survived")
        tell(f"{self.module}: {killed} of {len(outcomes)} killed, by {len(session.items)} tests")
        return True


def tell(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def run_with(session, different, functions, limit_s):
    """What becomes of the tests in a copy of this process in which functions have other code."""
    child = os.fork()
    if child == 0:
        null = os.open(os.devnull, os.O_RDWR)
        for stream in (1, 2):
            os.dup2(null, stream)
        for name, code in different.items():
            for function in functions[name]:
                function.__code__ = code
        try:
            for item, following in zip(session.items, [*session.items[1:], None], strict=True):
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                if session.testsfailed:
                    break
        finally:
            os._exit(1 if session.testsfailed else 0)
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return "killed" if status else "survived"
        time.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "timed out"


if __name__ == "__main__":
    name, wanted, *files = sys.argv[1:]
    options = ["-q", "-p", "no:cacheprovider", "--capture=no"]
    sys.exit(pytest.main([*options, *files], plugins=[Mutations(name, int(wanted))]))
