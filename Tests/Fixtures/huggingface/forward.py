"""What the transformers package computes with a DecisionTransformerModel.

    forward.py make FOLDER [SEED]    makes a small random model, saves it into FOLDER, and does the following
    forward.py run FOLDER            loads the model of FOLDER; writes inputs and what they give to FOLDER/forward.safetensors

The files beside this one were made by `make`. Needs the packages of: Scripts/setup_worker.sh torch transformers; from the root
of the repository: PYTHONPATH=.worker/transformers:.worker/torch python3 -B -S Tests/Fixtures/huggingface/forward.py ...
"""

import os
import sys

os.environ["HF_HUB_OFFLINE"] = "1"

import torch
from safetensors.torch import save_file
from transformers import DecisionTransformerConfig, DecisionTransformerModel

ROWS, PADDING = 3, [0, 2, 4]


def make(folder, seed):
    """Every weight is random, also those that the package begins with zeros or ones, so that none can be left out unnoticed."""
    torch.manual_seed(seed)
    config = DecisionTransformerConfig(
        state_dim=5, act_dim=3, hidden_size=16, max_ep_len=30, n_layer=2, n_head=2, n_positions=8, resid_pdrop=0.25,
        embd_pdrop=0.25, attn_pdrop=0.25, bos_token_id=None, eos_token_id=None)
    model = DecisionTransformerModel(config)
    with torch.no_grad():
        for weight in model.parameters():
            weight += 0.2 * torch.randn_like(weight)
    model.save_pretrained(folder)


def inputs(config, steps=6):
    """A batch with rows padded on the left."""
    generator = torch.Generator().manual_seed(7)

    def normal(*shape):
        return torch.randn(*shape, generator=generator)

    real = torch.tensor([[float(step >= padded) for step in range(steps)] for padded in PADDING])
    return {
        "states": normal(ROWS, steps, config.state_dim),
        "actions": normal(ROWS, steps, config.act_dim).tanh(),
        "returns_to_go": normal(ROWS, steps, 1),
        "timesteps": torch.tensor([[max(step - padded, 0) + 4 for step in range(steps)] for padded in PADDING]),
        "attention_mask": real,
    }


def run(folder):
    model, loading = DecisionTransformerModel.from_pretrained(folder, output_loading_info=True)
    wrong = {kind: sorted(map(str, keys)) for kind, keys in loading.items() if keys}
    if wrong:
        sys.exit(f"the weights are not exactly those of the model: {wrong}")
    model.eval()
    batch = inputs(model.config)
    with torch.no_grad():
        output = model(**batch, return_dict=True)
    results = {name: output[name].contiguous() for name in ("action_preds", "state_preds", "return_preds")}
    save_file({**batch, **results}, os.path.join(folder, "forward.safetensors"))


if __name__ == "__main__":
    action, folder = sys.argv[1:3]
    if action == "make":
        make(folder, int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    run(folder)
