"""Answers rows of the bench on stdin and stdout, one JSON object a line: {"make": row} → {}, {"time": calls, "cpu": bool} → {"ms": …}."""
import json
import os
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))

UNARY = {
    "relu": torch.relu, "exp": torch.exp, "tanh": torch.tanh, "sigmoid": torch.sigmoid, "softmax": lambda x: torch.softmax(x, -1),
    "sin": torch.sin, "erf": torch.erf, "silu": F.silu, "sum": torch.sum, "rowSum": lambda x: x.sum(1), "columnSum": lambda x: x.sum(0), "argMax": lambda x: x.argmax(1),
}
BINARY = {"add": torch.add, "mul": torch.mul, "mod": torch.remainder}


def gemm(row):
    a = torch.rand(row["k"], row["m"]).T if row.get("transA") else torch.rand(row["m"], row["k"])
    b = torch.rand(row["n"], row["k"]).T if row.get("transB") else torch.rand(row["k"], row["n"])
    out = torch.empty(row["m"], row["n"])
    return lambda: torch.mm(a, b, out=out)


def elementwise(row):
    x = torch.rand(row["shape"]) * 2 - 1
    if row["name"] in BINARY:
        y, out = torch.rand(row["shape"]), torch.empty(row["shape"])
        return lambda: BINARY[row["name"]](x, y, out=out)
    return lambda: UNARY[row["name"]](x)


def conv(row):
    x = torch.rand(row["batch"], row["channels"], row["height"], row["width"])
    groups = row.get("groups", 1)
    w = torch.rand(row["filters"], row["channels"] // groups, row["kernel"], row["kernel"])
    return lambda: F.conv2d(x, w, padding=row["kernel"] // 2, groups=groups)


class Last(nn.Module):
    """A recurrent layer's last output."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        return self.layer(x)[0][:, -1]


class GlobalMax(nn.Module):
    def forward(self, x):
        return x.amax(-1)


MODELS = {
    "small": lambda: (nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3)), torch.rand(32, 4)),
    "deep": lambda: (nn.Sequential(*[part for _ in range(21) for part in (nn.Linear(16, 16), nn.ReLU())]), torch.rand(1, 16)),
    "mlp": lambda: (nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Dropout(0.5), nn.Linear(512, 10)), torch.rand(128, 784)),
    "cnn": lambda: (
        nn.Sequential(
            nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(1600, 64), nn.ReLU(), nn.Linear(64, 10),
        ),
        torch.rand(64, 1, 28, 28),
    ),
    "lenet": lambda: (
        nn.Sequential(
            nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2),
            nn.Flatten(), nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10),
        ),
        torch.rand(64, 1, 28, 28),
    ),
    "lstm": lambda: (nn.Sequential(Last(nn.LSTM(32, 64, batch_first=True)), nn.Linear(64, 10)), torch.rand(32, 50, 32)),
    "gru": lambda: (nn.Sequential(Last(nn.GRU(32, 64, batch_first=True)), nn.Linear(64, 10)), torch.rand(32, 50, 32)),
    "conv1d": lambda: (nn.Sequential(nn.Conv1d(32, 32, 7), nn.ReLU(), GlobalMax(), nn.Linear(32, 10)), torch.rand(32, 32, 200)),
    "embedding": lambda: (nn.Sequential(nn.Embedding(1000, 32), nn.Flatten(), nn.Linear(1600, 10)), torch.randint(0, 1000, (32, 50))),
    "table": lambda: (nn.Sequential(nn.Embedding(50_000, 32), nn.Flatten(), nn.Linear(1600, 10)), torch.randint(0, 50_000, (32, 50))),
}


def recurrent(kind, units, steps, batch):
    cell = {"lstm": nn.LSTM, "gru": nn.GRU}[kind]
    return lambda: (nn.Sequential(Last(cell(32, units, batch_first=True)), nn.Linear(units, 10)), torch.rand(batch, steps, 32))


for kind in ("lstm", "gru"):
    MODELS[f"{kind} 256"] = recurrent(kind, 256, 50, 32)
    MODELS[f"{kind} 512"] = recurrent(kind, 512, 50, 32)
    MODELS[f"{kind} long"] = recurrent(kind, 64, 1000, 8)
    MODELS[f"{kind} streaming"] = recurrent(kind, 64, 1, 1)


def model(row):
    net, x = MODELS[row["name"]]()
    if not row["train"]:
        net.eval()

        def predict():
            with torch.inference_mode():
                torch.softmax(net(x), -1)

        return predict
    y = torch.randint(0, net[-1].out_features, (len(x),))
    optimizer = torch.optim.RMSprop(net.parameters(), 0.001, 0.9) if row["optimizer"] == "rmsprop" else torch.optim.Adam(net.parameters())
    loss = nn.CrossEntropyLoss()

    def step():
        optimizer.zero_grad()
        value = loss(net(x), y)
        value.backward()
        optimizer.step()
        return value.item()

    return step


KINDS = {"gemm": gemm, "elementwise": elementwise, "conv": conv, "model": model}


def main():
    step = None
    for line in sys.stdin:
        question = json.loads(line)
        try:
            if "make" in question:
                torch.manual_seed(1)
                step = KINDS[question["make"]["kind"]](question["make"])
                answer = {}
            else:
                clock = time.process_time if question["cpu"] else time.perf_counter
                start = clock()
                for _ in range(question["time"]):
                    step()
                answer = {"ms": 1000 * (clock() - start)}
        except Exception as error:  # told to the bench, which prints it
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


main()
