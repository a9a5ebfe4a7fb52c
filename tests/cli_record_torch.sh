#!/bin/sh
# The recorder for PyTorch: its writer and its choice of tokens by Python alone; all of it where PyTorch is there.
. tests/tap.sh
script=$PWD/experiments/record_torch.py

python=
for p in python3 /usr/bin/python3; do
    command -v "$p" >/dev/null 2>&1 || continue
    [ -n "$python" ] || python=$p
    "$p" -c 'import torch' >/dev/null 2>&1 && python=$p torch=yes && break
done
if [ -z "$python" ]; then
    skip 1 'the recorder' 'no python3'
    finish
    exit
fi
export PYTHONDONTWRITEBYTECODE=1

cat >"$dir/writer.py" <<PY
import array, importlib.util, json, sys
spec = importlib.util.spec_from_file_location("record_torch", "$script")
r = importlib.util.module_from_spec(spec)
spec.loader.exec_module(r)
path = sys.argv[1]
x = array.array("f", range(12))
if sys.byteorder == "big":
    x.byteswap()
tensors = [("layers.0.q.input", "F32", (3, 4), x.tobytes()), ("layers.0.k.weight", "F32", [2, 4], x.tobytes()[:32]),
           ("head.weight", "BF16", [2, 4], bytes(16))]
said = r.manifest_of([t[0] for t in tensors], {"layers.0.k.weight": "layers.0.q.input"})
assert said["layers.0.q.input"] == {"role": "q.input", "axes": ["token", "channel"], "layer": 0}, said
assert "layer" not in said["head.weight"]
r.write_safetensors(path, tensors, {"manifest": json.dumps(said)})
for bad in ([("a", "F32", [2], bytes(4))], [("a", "F16", [1], bytes(2))] * 2):
    try:
        r.write_safetensors(path + ".bad", bad, {})
    except ValueError:
        continue
    sys.exit("written")

first, many, again = r.Rows(3, False, 1), r.Rows(3, True, 1), r.Rows(3, True, 1)
assert first.choose(2) + first.choose(5) == [(0, 0), (1, 1), (0, 2)] and first.choose(9) == []
assert many.choose(50) + many.choose(50) == again.choose(50) + again.choose(50)
hits = [0] * 20
for seed in range(3000):
    rows = [None] * 5
    for row, at in r.Rows(5, True, seed).choose(20):
        rows[at] = row
    for row in rows:
        hits[row] += 1
assert all(600 < h < 900 for h in hits), hits  # 750 expected, 5 standard deviations are 119
PY
expect 0 '' "$python" "$dir/writer.py" "$dir/w.safetensors"
expect 0 'layers.0.q.input +F32 +\[3,4\] +token,channel +0 +q.input +11 ' "$BITSWEEP" inspect "$dir/w.safetensors"
printf 'name: w\nop: matmul\ninputs: [{dump: w.safetensors, role: k.weight}]\nformat: int8,per=token\nmetrics: [mse]\n' >"$dir/w.yaml"
expect 0 '1 cells: 1 computed' "$BITSWEEP" run "$dir/w.yaml" --db "$dir/w.db"

if [ -z "${torch:-}" ]; then
    skip 1 'the recorder' 'no PyTorch'
    finish
    exit
fi
expect 0 '' "$python" "$script" "$dir/demo.safetensors"
expect 0 'layers.1.down.input +BF16 +\[48,128\] +token,channel +1 +down.input ' "$BITSWEEP" inspect "$dir/demo.safetensors"
expect 0 'layers.0.q.output +BF16 +\[48,64\] +token,out ' "$BITSWEEP" inspect "$dir/demo.safetensors"
printf 'name: d\nop: matmul\ninputs: [{dump: demo.safetensors, layer: 1, role: "[kv].weight"}]\nformat: mxfp4\nmetrics: [mse]\n' >"$dir/d.yaml"
expect 0 '2 cells: 2 computed' "$BITSWEEP" run "$dir/d.yaml" --db "$dir/d.db"
cat >"$dir/model.py" <<PY
import importlib.util, sys, torch
spec = importlib.util.spec_from_file_location("record_torch", "$script")
r = importlib.util.module_from_spec(spec)
spec.loader.exec_module(r)
torch.manual_seed(3)
a, b = torch.nn.Linear(4, 3), torch.nn.Linear(3, 2, dtype=torch.float64)
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.never = a, b, torch.nn.Linear(2, 2)
    def forward(self, x):
        return self.b(self.a(x).double())
x = torch.arange(24.0).reshape(2, 3, 4)
net = Net()
with torch.no_grad(), r.Recorder(net, sys.argv[1], dtype="keep", tokens=4):
    net(x)
for wrong in ({"sample": "some"}, {"dtype": "int8"}, {"tokens": 0}, {"select": ["c"]}, {"outputs": ["c"]}):
    try:
        r.Recorder(Net(), "unused", **wrong)
    except ValueError:
        continue
    sys.exit("accepted: %s" % wrong)
try:
    with r.Recorder(Net(), sys.argv[1] + ".none"):
        pass
except RuntimeError:
    sys.exit(0)
sys.exit("wrote nothing")
PY
expect 0 '' "$python" "$dir/model.py" "$dir/m.safetensors"
expect 0 'a.input +F32 +\[4,4\] +token,channel +- +a.input +15 ' "$BITSWEEP" inspect "$dir/m.safetensors"
expect 0 'b.weight +F64 +\[2,3\] +out,in ' "$BITSWEEP" inspect "$dir/m.safetensors"
[ ! -e "$dir/m.safetensors.none" ] && ! "$BITSWEEP" inspect "$dir/m.safetensors" | grep -q never
report $? 'what was not recorded is not in the dump'
finish
