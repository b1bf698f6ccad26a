"""``Part``: one layer that stands in a model file, in the words of a config; what is assumed of it.

Readers make parts of what files hold; ``contents.py`` makes a network of those that are wanted.
"""

from __future__ import annotations

from dataclasses import field
from typing import Any

from rnncalc.data import dataclass
from rnncalc.model.origin import Assumption as Assumption

KINDS = ("recurrent", "output", "embedding", "masking", "nothing", "other")
"""What a part may be.

``recurrent`` is a layer with a state, ``output`` one without (a Dense, a normalization, an
activation, a pooling), ``nothing`` changes no number when a network is used (Dropout), ``other`` is
none of what can be computed.
"""


@dataclass
class Part:
    """One layer of a model file.

    Attributes:
        name: what results call it.
        kind: one of KINDS.
        says: what the framework calls it: ``Bidirectional(LSTM)``, ``nn.LSTM``.
        block: its keys as in a config, with Tensors for arrays: of a recurrent one as in
            ``layers:``, of an output as in ``output:``, of an embedding as in ``embedding:``, of a
            masking ``{"masking": 0.0}``.
        path: the names of the models or modules around it and its own, with dots between.
        assumed: what the file does not say of it.
        warnings: what is known of it that may make numbers differ.
        problem: why it cannot be computed, where it is ``other``: the rest of a sentence that
            begins with its name.
        name_only: whether the file has but its name, so that ``--assume`` may say that it is
            nothing, or an activation.
    """

    name: str
    kind: str
    says: str
    block: dict[str, Any] = field(default_factory=dict)
    path: str = ""
    assumed: list[Assumption] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    problem: str = ""
    name_only: bool = False

    def __post_init__(self) -> None:
        self.path = self.path or self.name

    def assume(self, key: str, value: Any, why: str) -> None:
        """Take a value for what the file does not say."""
        self.block[key] = value
        self.assumed.append(Assumption(self.name, key, value, why))

    def assumes(self, key: str) -> bool:
        """Whether the file does not say it."""
        return any(one.key == key for one in self.assumed)

    def forget(self, key: str, value: Any) -> None:
        """Take a value in place of what was assumed, because it is known after all."""
        if self.assumes(key):
            self.block[key] = value
        self.assumed = [one for one in self.assumed if one.key != key]
