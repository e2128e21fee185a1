"""Makes checkpoints in the layout of the reference release, small and with random weights, as torch.save writes them.

They have the sizes of the native tasks, so that they can be evaluated, and the constant masks of attention that the release saves
along. The files beside this one were made by it. From the root of the repository, after Scripts/setup_worker.sh torch:

    PYTHONPATH=.worker/torch python3 -B -S Tests/Fixtures/checkpoints/make.py
"""

import pathlib
from collections import OrderedDict

import torch

FOLDER = pathlib.Path(__file__).parent
STATES, ACTIONS, WIDTH, LAYERS, TIMESTEPS, EXPERTS, POSITIONS = 27, 8, 8, 2, 200, 2, 16


def linear(name, outputs, inputs):
    return [(f"{name}.weight", 0.3 * torch.randn(outputs, inputs)), (f"{name}.bias", 0.1 * torch.randn(outputs))]


def convolution(name, inputs, outputs):
    return [(f"{name}.weight", 0.3 * torch.randn(inputs, outputs)), (f"{name}.bias", 0.1 * torch.randn(outputs))]


def norm(name):
    return [(f"{name}.weight", 1 + 0.1 * torch.randn(WIDTH)), (f"{name}.bias", 0.1 * torch.randn(WIDTH))]


def feed_forward(prefix):
    return convolution(prefix + "c_fc", WIDTH, 4 * WIDTH) + convolution(prefix + "c_proj", 4 * WIDTH, WIDTH)


def backbone():
    items = [("transformer.wte.weight", torch.randn(1, WIDTH))]
    for layer in range(LAYERS):
        block = f"transformer.h.{layer}."
        causal = torch.ones(POSITIONS, POSITIONS, dtype=torch.uint8).tril().view(1, 1, POSITIONS, POSITIONS)
        items += norm(block + "ln_1")
        items += [(block + "attn.bias", causal), (block + "attn.masked_bias", torch.tensor(-1e4))]
        items += convolution(block + "attn.c_attn", WIDTH, 3 * WIDTH) + convolution(block + "attn.c_proj", WIDTH, WIDTH)
        items += norm(block + "ln_2") + feed_forward(block + "mlp.")
    items += norm("transformer.ln_f")
    for prefix in ["", "prompt_"]:
        items += [(f"{prefix}embed_timestep.weight", torch.randn(TIMESTEPS, WIDTH))]
        items += linear(f"{prefix}embed_return", WIDTH, 1)
        items += linear(f"{prefix}embed_state", WIDTH, STATES) + linear(f"{prefix}embed_action", WIDTH, ACTIONS)
    items += norm("embed_ln") + linear("predict_state", STATES, WIDTH)
    items += linear("predict_action.0", ACTIONS, WIDTH) + linear("predict_return", 1, WIDTH)
    return OrderedDict(items)


def routers():
    hidden = 4 * WIDTH
    return OrderedDict(
        linear("router.fc1", hidden, WIDTH) + linear("router.fc2", hidden, hidden)
        + linear("router.fc_new", hidden, hidden) + linear("router.fc3", hidden // 2, hidden)
        + linear("router.fc4", EXPERTS, hidden // 2))


def main():
    torch.manual_seed(3)
    torch.save(backbone(), FOLDER / "prompt_model_tiny_iter_5_seed0")
    experts = [{f"block_{layer}": dict(feed_forward("")) for layer in range(LAYERS)} for _ in range(EXPERTS)]
    for number, expert in enumerate(experts):
        torch.save(expert, FOLDER / f"expert_{number}_iter_5")
    # A hostile one: a small file whose tensors together take two hundred times its size.
    numbers = torch.zeros(128, 128)
    torch.save({f"transformer.h.{layer}.mlp.c_fc.weight": numbers for layer in range(200)}, FOLDER / "aliases")
    mixture = {}
    for layer in range(LAYERS):
        block = mixture[f"block_{layer}"] = routers()
        for number, expert in enumerate(experts):
            block.update({f"experts.{number}.{name}": weight for name, weight in expert[f"block_{layer}"].items()})
    torch.save(mixture, FOLDER / "moe__iter_5")


main()
