"""Times PyTorch on what a line of JSON asks for, and answers with a line of JSON: {"milliseconds": [...]}.

A request holds `case` (backbone, expert, router, stage, batch, action, evaluation), `experts`, `rows`, `precision` (float32,
bfloat16), `steps` (training steps in a repetition), the `sizes` of the model, and when to stop: after so many `repetitions`, or
where `seconds` have passed. The work of the last request is kept, so that the same case can be asked for again and again, in both
precisions. Every work has `half`, which says whether it is done in bfloat16.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

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
        self.half = False

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
        self.half = False

    def step(self):
        with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.half):
            return self.model(self.batch)[:, -1].float().numpy()


class Evaluating:
    """Steps of one episode at a time, each with its context put together anew, as the reference. The simulation is left out."""

    def __init__(self, request):
        self.acting = Acting({**request, "rows": 1})
        self.sizes = request["sizes"]
        self.begin()

    def begin(self):
        self.states = torch.zeros(0, self.sizes["state_width"])
        self.actions = torch.zeros(0, self.sizes["action_width"])
        self.returns = torch.zeros(0, 1)

    def latest(self, values):
        """The last steps of an episode, padded on the left."""
        count = self.sizes["context_steps"]
        kept = values[-count:]
        return torch.cat([torch.zeros(count - len(kept), kept.shape[1]), kept])[None]

    def step(self):
        if len(self.states) == EPISODE:
            self.begin()
        self.states = torch.cat([self.states, torch.randn(1, self.sizes["state_width"])])
        self.actions = torch.cat([self.actions, torch.zeros(1, self.sizes["action_width"])])
        self.returns = torch.cat([self.returns, torch.rand(1, 1)])
        known = torch.arange(len(self.states))[:, None].float()
        self.acting.batch["context"] = {
            "states": self.latest(self.states),
            "actions": self.latest(self.actions),
            "returns": self.latest(self.returns),
            "timesteps": self.latest(known)[..., 0].long(),
            "mask": self.latest(torch.ones_like(known))[..., 0],
        }
        self.acting.half = self.half
        action = self.acting.step()
        self.actions[-1] = torch.from_numpy(action[0])
        return action


EPISODE = 200


def returns_to_go(rewards):
    """The sum of the rewards from each step to the end, a step of Python at a time, as the release computes it."""
    sums = numpy.zeros_like(rewards)
    total = 0.0
    for step in reversed(range(len(rewards))):
        total += rewards[step]
        sums[step] = total
    return sums


class Trajectories:
    """The episodes of a task, from which batches are built row by row."""

    def __init__(self, episodes, sizes):
        self.episodes, self.sizes = episodes, sizes
        states = numpy.concatenate([episode["states"] for episode in episodes])
        self.mean, self.deviation = states.mean(axis=0), states.std(axis=0) + 1e-6
        lengths = numpy.array([len(episode["rewards"]) for episode in episodes])
        self.shares = lengths / lengths.sum()
        self.random = numpy.random.default_rng(0)

    @staticmethod
    def episode(random, sizes):
        return {
            "states": random.standard_normal((EPISODE, sizes["state_width"]), dtype=numpy.float32),
            "actions": random.standard_normal((EPISODE, sizes["action_width"]), dtype=numpy.float32),
            "rewards": random.random(EPISODE, dtype=numpy.float32),
        }

    def window(self, count, prompt):
        episode = self.episodes[self.random.choice(len(self.episodes), p=self.shares)]
        start = EPISODE - 6 if prompt else self.random.integers(EPISODE)
        states = (episode["states"][start : start + count] - self.mean) / self.deviation
        length = len(states)
        padding = count - length
        returns = returns_to_go(episode["rewards"][start:])[:length]
        actions = episode["actions"][start : start + count]
        return {
            "states": numpy.concatenate([numpy.zeros((padding, states.shape[1]), numpy.float32), states]),
            "actions": numpy.concatenate([numpy.full((padding, actions.shape[1]), -10, numpy.float32), actions]),
            "returns": numpy.concatenate([numpy.zeros(padding, numpy.float32), returns])[:, None],
            "timesteps": numpy.concatenate([numpy.zeros(padding, numpy.int64), numpy.arange(start, start + length)]),
            "mask": numpy.concatenate([numpy.zeros(padding, numpy.float32), numpy.ones(length, numpy.float32)]),
        }

    def part(self, rows, count, prompt):
        windows = [self.window(count, prompt) for _ in range(rows)]
        return {key: torch.from_numpy(numpy.stack([window[key] for window in windows])) for key in windows[0]}

    def batch(self, rows):
        return {
            "context": self.part(rows, self.sizes["context_steps"], False),
            "prompt": self.part(rows, self.sizes["prompt_steps"], True),
        }


class Batches:
    """Builds batches from trajectories in memory."""

    def __init__(self, request):
        sizes, random = request["sizes"], numpy.random.default_rng(0)
        self.rows = request["rows"]
        self.data = Trajectories([Trajectories.episode(random, sizes) for _ in range(40)], sizes)

    def step(self):
        return self.data.batch(self.rows)


class Stage:
    """A whole short stage 1: a file for each trajectory, as the release has them; weights, batches, steps, weights saved."""

    TASKS, EPISODES = 16, 12

    def __init__(self, request):
        self.request = {**request, "case": "backbone"}
        self.place = tempfile.TemporaryDirectory(prefix="yardstick-")
        self.folder = Path(self.place.name)
        random = numpy.random.default_rng(0)
        for task in range(self.TASKS):
            (self.folder / f"{task}").mkdir()
            for number in range(self.EPISODES):
                numpy.savez(self.folder / f"{task}" / f"{number}.npz", **Trajectories.episode(random, request["sizes"]))

    def read(self, task):
        episodes = []
        for number in range(self.EPISODES):
            with numpy.load(self.folder / f"{task}" / f"{number}.npz") as stored:
                episodes.append({key: stored[key] for key in stored.files})
        return Trajectories(episodes, self.request["sizes"])

    def step(self):
        tasks = [self.read(task) for task in range(self.TASKS)]
        training = Training(self.request)
        training.half = self.half
        for step in range(self.request["steps"]):
            training.batch = tasks[step % self.TASKS].batch(self.request["rows"])
            training.step()
        torch.save(training.model.state_dict(), self.folder / "weights.pt")


KINDS = {
    "backbone": Training,
    "expert": Training,
    "router": Training,
    "stage": Stage,
    "batch": Batches,
    "action": Acting,
    "evaluation": Evaluating,
}


def repeat(work, repetitions, seconds):
    """Milliseconds of each repetition: so many, or as many as begin within some seconds, at least one."""
    milliseconds = []
    start = time.perf_counter()
    while not milliseconds or (len(milliseconds) < repetitions and time.perf_counter() - start < seconds):
        before = time.perf_counter()
        work.step()
        milliseconds.append(1000 * (time.perf_counter() - before))
    return milliseconds


def main():
    answers = sys.stdout
    sys.stdout = sys.stderr
    known, work, warm = None, None, set()
    for line in sys.stdin:
        request = json.loads(line)
        torch.set_num_threads(request["threads"])
        key = {name: value for name, value in request.items() if name != "precision"}
        if key != known:
            work = None
            torch.manual_seed(0)
            known, work, warm = key, KINDS[request["case"]](request), set()
        work.half = request["precision"] == "bfloat16"
        if work.half not in warm:
            # What does not count: two repetitions, one where it is long.
            repeat(work, 2, 3)
            warm.add(work.half)
        milliseconds = repeat(work, request["repetitions"], request["seconds"])
        answers.write(json.dumps({"milliseconds": milliseconds, "torch": torch.__version__}) + "\n")
        answers.flush()


main()
