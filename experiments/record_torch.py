#!/usr/bin/env python3
"""Records what a PyTorch model's linear layers meet, as a dump for bitsweep.

    from record_torch import Recorder

    with Recorder(model, "dump.safetensors", tokens=768) as recorder:
        model(batch)                       # as often as you like, without gradients

Each torch.nn.Linear NAME (and transformers' Conv1D) gives NAME.input, of [token, channel], and NAME.weight, of [out, in].
Layers with the same input (queries, keys, values) share one tensor. Modules that `outputs` matches give NAME.output too.
Layer, role and axes of each tensor are in the metadata "manifest", so that experiments may say layer: 0-3, role: "*.input"
or axis=channel; see sim/dump/README.md.

    bitsweep inspect dump.safetensors
    bitsweep run study.yaml                # op: quantize on tensors, op: matmul on layers

Needs PyTorch alone. `python3 record_torch.py FILE` records a small random network, to try it.
"""

import fnmatch
import hashlib
import json
import os
import random
import struct
import sys

ITEM_BYTES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2}
MANIFEST_AXES = {"input": ["token", "channel"], "weight": ["out", "in"], "output": ["token", "out"]}


def write_safetensors(path, tensors, metadata):
    """Writes (name, dtype, shape, data) in their order; data are little-endian bytes. The file is whole or absent."""
    header, offset = {"__metadata__": metadata}, 0
    for name, dtype, shape, data in tensors:
        size = ITEM_BYTES[dtype]
        for length in shape:
            size *= length
        if size != len(data):
            raise ValueError("%s: %s of %s are %d bytes, not %d" % (name, list(shape), dtype, size, len(data)))
        if name in header:
            raise ValueError("%s: recorded twice" % name)
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    part = "%s.part" % path
    with open(part, "wb") as file:
        file.write(struct.pack("<Q", len(text)))
        file.write(text)
        for _, _, _, data in tensors:
            file.write(data)
    os.replace(part, path)


def place(name):
    """Layer and role of a tensor by its name: the first part that is a number, and what follows it."""
    parts = name.split(".")
    for i, part in enumerate(parts):
        if part.isdecimal():
            return int(part), ".".join(parts[i + 1:])
    return None, name


def manifest_of(names, inputs):
    """What is said of each tensor. `inputs` maps a weight to the tensor that it meets, where the name does not say it."""
    said = {}
    for name in names:
        layer, role = place(name)
        said[name] = {"role": role, "axes": MANIFEST_AXES[name.rsplit(".", 1)[1]]}
        if layer is not None:
            said[name]["layer"] = layer
        if name in inputs:
            said[name]["input"] = inputs[name]
    return said


class Rows:
    """At most `limit` rows of all that pass: the first, or a reservoir of equal chance.

    Reservoirs with one seed choose the same tokens, as long as their modules see the same."""

    def __init__(self, limit, reservoir, seed):
        self.limit, self.rows, self.seen = limit, [], 0
        self.random = random.Random(seed) if reservoir else None

    def choose(self, n):
        """For the next n rows: pairs of a row and where it goes."""
        chosen = []
        for row in range(n):
            at = self.seen
            self.seen += 1
            if at >= self.limit:
                if self.random is None:
                    break
                at = self.random.randrange(self.seen)
            if at < self.limit:
                chosen.append((row, at))
        return chosen

    def add(self, matrix):
        for row, at in self.choose(len(matrix)):
            kept = matrix[row].clone()
            if at < len(self.rows):
                self.rows[at] = kept
            else:
                self.rows.append(kept)


class Recorder:
    """Records while it is entered; writes the dump when it is left without an exception.

    select, outputs  globs over names of modules: which linear layers, and whose outputs beside (default: none)
    tokens           rows of each input and output that are kept
    sample           "first" (tokens in a row, as attention needs them) or "reservoir" (of all, each by equal chance)
    dtype            "float32", "float16", "bfloat16", or "keep": as they are (float64 as well)
    weights          False leaves weights out
    """

    def __init__(self, model, path, select=("*",), outputs=(), tokens=768, sample="first", dtype="float32", weights=True,
                 seed=1):
        import torch

        dtypes = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16, "keep": None}
        if sample not in ("first", "reservoir"):
            raise ValueError("sample: %r; allowed are first, reservoir" % (sample,))
        if dtype not in dtypes:
            raise ValueError("dtype: %r; allowed are %s" % (dtype, ", ".join(dtypes)))
        if tokens < 1:
            raise ValueError("tokens: %r; allowed are numbers from 1" % (tokens,))
        self.torch, self.path, self.dtype, self.weights = torch, path, dtypes[dtype], weights
        self.linears, self.kept, self.handles = {}, {}, []
        make = lambda: Rows(tokens, sample == "reservoir", seed)
        for name, module in model.named_modules():
            if self.is_linear(module) and self.matches(name, select):
                self.linears[name] = module
                self.kept[name + ".input"] = make()
            if name and self.matches(name, outputs):
                self.kept[name + ".output"] = make()
        if not self.linears:
            raise ValueError("select: %s matches none of the linear layers" % (list(select),))
        for pattern in outputs:
            if not any(fnmatch.fnmatchcase(name, pattern) for name, _ in model.named_modules() if name):
                raise ValueError("outputs: %r matches no module" % (pattern,))
        self.modules = dict(model.named_modules())

    @staticmethod
    def matches(name, patterns):
        return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)

    def is_linear(self, module):
        return isinstance(module, self.torch.nn.Linear) or type(module).__name__ == "Conv1D"

    def keep(self, name, tensor):
        if isinstance(tensor, (tuple, list)):
            tensor = tensor[0]
        self.kept[name].add(tensor.detach().reshape(-1, tensor.shape[-1]))

    def __enter__(self):
        for name in self.kept:
            module, part = self.modules[name.rsplit(".", 1)[0]], name.rsplit(".", 1)[1]
            if part == "input":
                hook = lambda _module, args, key=name: self.keep(key, args[0])
                self.handles.append(module.register_forward_pre_hook(hook))
            else:
                hook = lambda _module, _args, result, key=name: self.keep(key, result)
                self.handles.append(module.register_forward_hook(hook))
        return self

    def __exit__(self, kind, value, trace):
        for handle in self.handles:
            handle.remove()
        self.handles = []
        if kind is None:
            self.write()
        return False

    def pack(self, tensor):
        """Type, shape and little-endian bytes of a tensor."""
        torch = self.torch
        names = {torch.float64: "F64", torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16"}
        tensor = tensor.detach().to("cpu")
        tensor = tensor.to(self.dtype or (tensor.dtype if tensor.dtype in names else torch.float32)).contiguous()
        words = {8: torch.int64, 4: torch.int32, 2: torch.int16}[tensor.element_size()]
        # NumPy has no bfloat16; integers of the same size have the same bytes.
        data = tensor.view(words).numpy()
        return names[tensor.dtype], list(tensor.shape), data.astype(data.dtype.newbyteorder("<")).tobytes()

    def write(self):
        torch, tensors, first, inputs = self.torch, [], {}, {}
        for name, rows in self.kept.items():
            if not rows.rows:
                continue  # a module that no forward pass came to
            dtype, shape, data = self.pack(torch.stack(rows.rows))
            digest = hashlib.sha256(data).digest(), tuple(shape)
            linear = name[:-len(".input")] if name.endswith(".input") else None
            if linear is not None and first.setdefault(digest, name) != name:
                inputs[linear + ".weight"] = first[digest]
                continue
            tensors.append((name, dtype, shape, data))
        if not tensors:
            raise RuntimeError("nothing was recorded: the model was not run inside `with`")
        for name, module in self.linears.items():
            if self.weights and self.kept[name + ".input"].rows:
                weight = module.weight if isinstance(module, torch.nn.Linear) else module.weight.t()
                tensors.append((name + ".weight",) + self.pack(weight))
        names = [t[0] for t in tensors]
        said = manifest_of(names, {k: v for k, v in inputs.items() if k in names})
        write_safetensors(self.path, tensors, {"made_by": "record_torch.py, PyTorch %s" % torch.__version__,
                                               "manifest": json.dumps(said, separators=(",", ":"))})


def demo(path):
    import torch

    class Block(torch.nn.Module):
        def __init__(self, width):
            super().__init__()
            self.q, self.k, self.v, self.o = (torch.nn.Linear(width, width, bias=False) for _ in range(4))
            self.up, self.down = torch.nn.Linear(width, 2 * width), torch.nn.Linear(2 * width, width)

        def forward(self, x):
            mix = torch.softmax(self.q(x) @ self.k(x).transpose(-1, -2) / 8, -1) @ self.v(x)
            x = x + self.o(mix)
            return x + self.down(torch.relu(self.up(x)))

    torch.manual_seed(1)
    model = torch.nn.Module()
    model.layers = torch.nn.ModuleList(Block(64) for _ in range(2))
    with torch.no_grad(), Recorder(model, path, outputs=["*.q"], tokens=48, dtype="bfloat16"):
        for _ in range(2):
            x = torch.randn(1, 32, 64)
            for layer in model.layers:
                x = layer(x)


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    demo(sys.argv[1])
