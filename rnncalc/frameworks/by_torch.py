"""A network as a job of PyTorch: the modules of ``convert --script torch``, run."""

from __future__ import annotations

from rnncalc.conventions.torch import MODULES
from rnncalc.converting.scripts import drafted
from rnncalc.frameworks.job import NUMBERS, Job, beside
from rnncalc.model import Model

RESULTS = """\
    out, h, states = network(torch.from_numpy(NUMBERS['x']))
RESULTS = {"out": out.numpy(), "h": h.numpy()}
for layer, state in enumerate(states.values()):
    for name, ways in zip("hc", state if isinstance(state, tuple) else (state,)):
        for way, one in enumerate(ways):
            RESULTS[f"final.{name}.{layer}.{way}"] = one.numpy()
"""


def job(model: Model) -> Job:
    """The job. Errors: RnncalcError for what PyTorch's modules do not compute, by its name."""
    script = drafted(model, "torch", recorded=True)
    text = "\n".join([*script.head, NUMBERS, *script.lines, RESULTS])
    words = ", ".join(dict.fromkeys(MODULES[layer.cell] for layer in model.layers))
    return Job(text, beside(script.arrays), words)
