"""PyTorch's part of the benchmark. Reads one JSON object a line: a net ({"dims", "batch", "layers", "ids", "regression", "frozen"}), answered with its memory in bytes, then
{"mode": "forward" or anything else, "count"}, answered with the milliseconds of that many steps."""
import json
import resource
import sys
import time

import torch
from torch import nn

torch.manual_seed(0)
torch.set_num_threads(int(sys.argv[1]))
device = sys.argv[2] if len(sys.argv) > 2 else "cpu"


class Residual(nn.Module):
    def __init__(self, inner, projection):
        super().__init__()
        self.inner, self.projection = inner, projection

    def forward(self, x):
        return self.inner(x) + self.projection(x)


plain = {"relu": nn.ReLU, "relu6": nn.ReLU6, "flatten": nn.Flatten, "globalAveragePool": lambda: nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())}


def layer(entry, x):
    """A layer of the run file for the value that enters it."""
    if isinstance(entry, str):
        return nn.BatchNorm2d(x.shape[1]) if entry == "batchNorm" else plain[entry]()
    (kind, options), = entry.items()
    if kind == "dense":
        return nn.Linear(x.shape[1], options)
    if kind == "maxPool2d":
        return nn.MaxPool2d(*([options] if isinstance(options, int) else [options["kernel"], options["stride"], options["padding"]]))
    if kind == "embedding":
        return nn.Embedding(options["numEmbeddings"], options["embeddingDim"])
    if kind == "conv2d":
        return nn.Conv2d(x.shape[1], options["filters"], options["kernel"], options.get("stride", 1), options.get("padding", 0), groups=options.get("groups", 1), bias=options.get("bias", True))
    assert kind == "residual", kind
    inner, y = sequence(options, x)
    return Residual(inner, nn.Identity() if x.shape == y.shape else nn.Conv2d(x.shape[1], y.shape[1], 1, x.shape[2] // y.shape[2]))


def sequence(entries, x):
    layers = []
    for entry in entries:
        layers.append(layer(entry, x))
        with torch.no_grad():
            x = layers[-1](x)
    return nn.Sequential(*layers), x


def prepare(spec):
    shape = (spec["batch"], *spec["dims"])
    x = torch.randint(0, spec["ids"], shape) if spec.get("ids") else torch.randn(shape)
    net, y = sequence(spec["layers"], x)
    net[:spec.get("frozen", 0)].requires_grad_(False)
    net, x = net.to(device), x.to(device)
    loss = nn.MSELoss() if spec.get("regression") else nn.CrossEntropyLoss()
    labels = torch.randn(y.shape, device=device) if spec.get("regression") else torch.randint(0, 10, (spec["batch"],), device=device)
    optimizer = torch.optim.Adam([parameter for parameter in net.parameters() if parameter.requires_grad], lr=1e-3)

    def step(mode):
        if mode == "forward":
            with torch.no_grad():
                loss(net(x), labels)
        else:
            optimizer.zero_grad()
            loss(net(x), labels).backward()
            optimizer.step()
        if device != "cpu":
            torch.cuda.synchronize()

    return step


def gflops(n=1024):
    """Speed of a matrix product: a PyTorch on the reference BLAS is a hundred times slower than one on OpenBLAS or MKL, and no yardstick."""
    a, b = torch.randn(n, n, device=device), torch.randn(n, n, device=device)
    a @ b
    best = min(timed(lambda: (a @ b)[0, 0].item()) for _ in range(20))
    return 2 * n**3 / best / 1e6


def timed(action):
    start = time.perf_counter()
    action()
    return 1000 * (time.perf_counter() - start)


def peak():
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


print(json.dumps({"version": torch.__version__, "gflops": gflops()}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    if "mode" in request:
        print(json.dumps({"steps": [timed(lambda: step(request["mode"])) for _ in range(request["count"])]}), flush=True)
    else:
        before = peak()
        step = prepare(request)
        for _ in range(3):
            step("train")
        print(json.dumps({"memory": peak() - before}), flush=True)
