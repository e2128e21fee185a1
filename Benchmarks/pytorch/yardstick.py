"""Times PyTorch on what a line of JSON asks for, and answers with a line of JSON: {"milliseconds": [...]}.

A request holds `case` (backbone, expert, router, action, batch), `experts`, `rows`, `precision` (float32, bfloat16), `steps`,
and the `sizes` of the model. The model of the last request is kept, so that the same case can be asked for again and again.
"""

import json
import sys
import time

import numpy
import torch

from model import PromptDT


def steps_of(rows, count, sizes):
    return {
        "states": torch.randn(rows, count, sizes["state_width"]),
        "actions": torch.rand(rows, count, sizes["action_width"]) * 2 - 1,
        "returns": torch.rand(rows, count, 1),
        "timesteps": torch.arange(count).repeat(rows, 1),
        "mask": torch.ones(rows, count),
    }


def batch_of(rows, sizes):
    return {
        "context": steps_of(rows, sizes["context_steps"], sizes),
        "prompt": steps_of(rows, sizes["prompt_steps"], sizes),
    }


class Training:
    """One optimiser step of a stage, as the reference takes it: all weights in AdamW, frozen ones without gradients."""

    def __init__(self, request):
        sizes = request["sizes"]
        self.model = PromptDT(sizes)
        case, experts = request["case"], request["experts"]
        trained = list(self.model.parameters())
        if case != "backbone":
            self.model.requires_grad_(False)
            self.model.add_experts(1 if case == "expert" else experts, sizes)
            trained = [weight for block in self.model.blocks for weight in block.experts.parameters()]
        if case == "router":
            self.model.requires_grad_(False)
            self.model.add_routers(experts, sizes)
            trained = [weight for block in self.model.blocks for weight in block.router.parameters()]
        self.trained = trained
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=1e-4, weight_decay=1e-4)
        self.batch = batch_of(request["rows"], sizes)
        self.half = request["precision"] == "bfloat16"

    def step(self):
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.half):
            predicted = self.model(self.batch)
        target, used = self.batch["context"]["actions"], self.batch["context"]["mask"] > 0
        loss = torch.mean((predicted.float()[used] - target[used]) ** 2)
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.trained, 0.25)
        self.optimizer.step()
        return loss.item()


class Acting:
    """One pass that chooses an action in each row: no cache, as the reference."""

    def __init__(self, request):
        sizes = request["sizes"]
        self.model = PromptDT(sizes)
        if request["experts"] > 0:
            self.model.add_experts(request["experts"], sizes)
            self.model.add_routers(request["experts"], sizes)
        self.model.eval()
        self.batch = batch_of(request["rows"], sizes)
        self.half = request["precision"] == "bfloat16"

    def step(self):
        with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.half):
            return self.model(self.batch)[:, -1].float().numpy()


class Batches:
    """Builds a batch of windows row by row from trajectories in memory, which is kinder than the release's file for each."""

    def __init__(self, request):
        sizes = request["sizes"]
        self.rows, self.sizes = request["rows"], sizes
        random = numpy.random.default_rng(0)
        self.random = random
        self.episodes = [
            {
                "states": random.standard_normal((200, sizes["state_width"]), dtype=numpy.float32),
                "actions": random.standard_normal((200, sizes["action_width"]), dtype=numpy.float32),
                "rewards": random.random(200, dtype=numpy.float32),
            }
            for _ in range(40)
        ]

    def window(self, count, prompt):
        episode = self.episodes[self.random.integers(len(self.episodes))]
        start = 194 if prompt else self.random.integers(200)
        states = episode["states"][start : start + count]
        length = len(states)
        padding = count - length
        returns = numpy.cumsum(episode["rewards"][start:][::-1])[::-1][:length]
        return {
            "states": numpy.concatenate([numpy.zeros((padding, states.shape[1]), numpy.float32), states]),
            "actions": numpy.concatenate(
                [numpy.full((padding, self.sizes["action_width"]), -10, numpy.float32), episode["actions"][start : start + count]]
            ),
            "returns": numpy.concatenate([numpy.zeros(padding, numpy.float32), returns])[:, None],
            "timesteps": numpy.concatenate([numpy.zeros(padding, numpy.int64), numpy.arange(start, start + length)]),
            "mask": numpy.concatenate([numpy.zeros(padding, numpy.float32), numpy.ones(length, numpy.float32)]),
        }

    def part(self, count, prompt):
        windows = [self.window(count, prompt) for _ in range(self.rows)]
        return {key: torch.from_numpy(numpy.stack([window[key] for window in windows])) for key in windows[0]}

    def step(self):
        return self.part(self.sizes["context_steps"], False), self.part(self.sizes["prompt_steps"], True)


KINDS = {"backbone": Training, "expert": Training, "router": Training, "action": Acting, "batch": Batches}
WARM_UP = 2


def main():
    answers = sys.stdout
    sys.stdout = sys.stderr
    known, work = None, None
    for line in sys.stdin:
        request = json.loads(line)
        torch.set_num_threads(request["threads"])
        key = {name: value for name, value in request.items() if name != "steps"}
        if key != known:
            work = None
            torch.manual_seed(0)
            known, work = key, KINDS[request["case"]](request)
            for _ in range(WARM_UP):
                work.step()
        milliseconds = []
        for _ in range(request["steps"]):
            start = time.perf_counter()
            work.step()
            milliseconds.append(1000 * (time.perf_counter() - start))
        answers.write(json.dumps({"milliseconds": milliseconds, "torch": torch.__version__}) + "\n")
        answers.flush()


main()
