"""The architecture of M3DT in plain PyTorch, computed as the reference release computes it: eager, one expert after another.

Shapes: B rows, T tokens, D width, H heads, N experts, S state width, A action width, K steps.
"""

import math

import torch
from torch import nn
from torch.nn import functional


class Attention(nn.Module):
    def __init__(self, width, heads, dropout):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, bias):
        rows, tokens, width = x.shape
        query, key, value = (
            part.view(rows, tokens, self.heads, -1).transpose(1, 2) for part in self.qkv(x).split(width, dim=2)
        )
        scores = query @ key.transpose(2, 3) / math.sqrt(width // self.heads)
        causal = torch.ones(tokens, tokens, dtype=torch.bool, device=x.device).tril()
        scores = torch.where(causal, scores, torch.tensor(-1e4, dtype=scores.dtype, device=x.device)) + bias
        weights = self.dropout(functional.softmax(scores, dim=-1))
        joined = (weights.to(value.dtype) @ value).transpose(1, 2).reshape(rows, tokens, width)
        return self.dropout(self.out(joined))


class FeedForward(nn.Module):
    def __init__(self, width, dropout):
        super().__init__()
        self.inner = nn.Linear(width, 4 * width)
        self.outer = nn.Linear(4 * width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        return self.dropout(self.outer(functional.relu(self.inner(x))))


class Router(nn.Module):
    def __init__(self, width, experts):
        super().__init__()
        sizes = [width, 4 * width, 4 * width, 4 * width, 2 * width, experts]
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes, sizes[1:]))

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = functional.relu(layer(x))
        return functional.softmax(self.layers[-1](x), dim=-1)


class Block(nn.Module):
    def __init__(self, width, heads, dropout):
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attention = Attention(width, heads, dropout)
        self.norm2 = nn.LayerNorm(width)
        self.feed_forward = FeedForward(width, dropout)
        self.experts = nn.ModuleList()
        self.router = None

    def forward(self, x, bias):
        x = x + self.attention(self.norm1(x), bias)
        normed = self.norm2(x)
        result = x + self.feed_forward(normed)
        if self.router is not None:
            gates = self.router(normed)
            for index, expert in enumerate(self.experts):
                result = result + gates[..., index : index + 1] * expert(normed)
        else:
            for expert in self.experts:
                result = result + expert(normed)
        return result


class Embedding(nn.Module):
    """Steps as tokens: return, state and action of each, with the timestep added."""

    def __init__(self, sizes):
        super().__init__()
        width = sizes["width"]
        self.timestep = nn.Embedding(sizes["episode_steps"], width)
        self.returns = nn.Linear(1, width)
        self.states = nn.Linear(sizes["state_width"], width)
        self.actions = nn.Linear(sizes["action_width"], width)

    def forward(self, steps):
        time = self.timestep(steps["timesteps"])
        tokens = [
            self.returns(steps["returns"]) + time,
            self.states(steps["states"]) + time,
            self.actions(steps["actions"]) + time,
        ]
        return torch.stack(tokens, dim=2).flatten(1, 2)


class PromptDT(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        width = sizes["width"]
        self.context = Embedding(sizes)
        self.prompt = Embedding(sizes)
        self.norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(sizes["dropout"])
        self.blocks = nn.ModuleList(Block(width, sizes["heads"], sizes["dropout"]) for _ in range(sizes["layers"]))
        self.final_norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, sizes["action_width"])

    def add_experts(self, count, sizes):
        for block in self.blocks:
            block.experts = nn.ModuleList(FeedForward(sizes["width"], sizes["dropout"]) for _ in range(count))

    def add_routers(self, count, sizes):
        for block in self.blocks:
            block.router = Router(sizes["width"], count)

    def forward(self, batch):
        x = torch.cat([self.prompt(batch["prompt"]), self.norm(self.context(batch["context"]))], dim=1)
        mask = torch.cat([batch["prompt"]["mask"], batch["context"]["mask"]], dim=1).repeat_interleave(3, dim=1)
        bias = ((1 - mask) * -1e4)[:, None, None, :]
        x = self.dropout(x)
        for block in self.blocks:
            x = block(x, bias)
        steps = batch["context"]["states"].shape[1]
        x = self.final_norm(x)[:, -3 * steps :].unflatten(1, (steps, 3))[:, :, 1]
        return torch.tanh(self.head(x))
