"""Times the training step of the same nets in PyTorch. Reads "NAME STEPS" lines, answers each with the milliseconds of every step."""
import json
import sys
import time

import torch
from torch import nn

torch.manual_seed(0)
torch.set_num_threads(int(sys.argv[1]))

nets = {
    "MLP 784-512-512-10": lambda: (nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10)), (784,)),
    "ConvNet 1-64-64-512-10": lambda: (
        nn.Sequential(nn.Conv2d(1, 64, 3), nn.ReLU(), nn.Conv2d(64, 64, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(9216, 512), nn.ReLU(), nn.Linear(512, 10)),
        (1, 28, 28),
    ),
}
made = {}


def step_of(name):
    if name not in made:
        net, dims = nets[name]()
        optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
        loss = nn.CrossEntropyLoss()
        x, y = torch.randn(128, *dims), torch.randint(0, 10, (128,))

        def step():
            optimizer.zero_grad()
            loss(net(x), y).backward()
            optimizer.step()

        made[name] = step
    return made[name]


def gflops(n=1024):
    """Speed of a matrix product: a PyTorch on the reference BLAS is a hundred times slower than one on OpenBLAS or MKL, and no yardstick."""
    a, b = torch.randn(n, n), torch.randn(n, n)
    a @ b
    best = min(timed(lambda: a @ b) for _ in range(5))
    return 2 * n**3 / best / 1e6


def timed(action):
    start = time.perf_counter()
    action()
    return 1000 * (time.perf_counter() - start)


print(json.dumps({"version": torch.__version__, "gflops": gflops()}), flush=True)
for line in sys.stdin:
    name, steps = line.rstrip("\n").rsplit(" ", 1)
    step = step_of(name)
    print(json.dumps([timed(step) for _ in range(int(steps))]), flush=True)
