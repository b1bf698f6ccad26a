"""What a matrix alone is, in which order modules run, which steps are read: told or assumed."""

from __future__ import annotations

from state_dicts import drawn, gru

from rnncalc.readers.contents.part import Assumption
from rnncalc.readers.of_torch.names import parts


def kinds(*, ordered=True, **shapes):
    """Name to kind, and to what was assumed of it."""
    found = parts(drawn(**shapes), ordered=ordered).parts
    return {
        part.name: part.kind + "?" * any(a.key == "kind" for a in part.assumed) for part in found
    }


def test_an_embedding_is_told_by_its_name_or_its_widths():
    """(9, 3) in front of what takes 3: nn.Linear(3, 9) would not fit."""
    named = kinds(tok__emb__weight=(9, 3), **gru(3, 4, "gru__"))
    unnamed = kinds(table__weight=(9, 3), **gru(3, 4, "gru__"))
    linear = kinds(proj__weight=(3, 9), **gru(3, 4, "gru__"))
    below = kinds(table__weight=(9, 5), p__weight=(3, 5), p__bias=(3,), **gru(3, 4, "gru__"))
    behind = kinds(**gru(3, 4, "gru__"), head__weight=(9, 4))
    square = kinds(**gru(3, 3, "gru__"), head__weight=(9, 3))

    assert named == {"tok.emb": "embedding", "gru": "recurrent"}
    assert unnamed == {"table": "embedding", "gru": "recurrent"}
    assert linear == {"proj": "output", "gru": "recurrent"}
    assert below == {"table": "embedding", "p": "output", "gru": "recurrent"}
    assert behind == {"gru": "recurrent", "head": "output"}
    assert square == {"gru": "recurrent", "head": "output"}


def test_a_matrix_of_two_readings_is_assumed_and_said():
    """In front of all an embedding; else nn.Linear. A name against the widths is said too."""
    first = kinds(table__weight=(3, 3), **gru(3, 4, "gru__"))
    second = kinds(proj__weight=(3, 9), proj__bias=(3,), table__weight=(3, 3), **gru(3, 4, "gru__"))
    unsorted = kinds(ordered=False, table__weight=(9, 3), **gru(3, 3, "gru__"))
    alone = kinds(ordered=False, emb__weight=(5, 5), **gru(3, 4, "gru__"))
    against = kinds(emb_to_h__weight=(3, 9), **gru(3, 4, "gru__"))
    why = (
        parts(drawn(table__weight=(3, 3), **gru(3, 4, "gru__")), ordered=True).parts[0].assumed[-1]
    )

    assert first == {"table": "embedding?", "gru": "recurrent"}
    assert second == {"proj": "output", "table": "output?", "gru": "recurrent"}
    assert unsorted == {"gru": "recurrent", "table": "output?"}
    assert alone == {"emb": "embedding?", "gru": "recurrent"}
    assert against == {"emb_to_h": "output?", "gru": "recurrent"}
    assert why == Assumption(
        "table", "kind", "embedding",
        "its weight is that of nn.Embedding(3, 3) or nn.Linear(3, 3, bias=False)",
    )  # fmt: skip


def test_the_embedding_of_a_decoder():
    """It stands behind the encoder, and is told by its name, or by its widths."""
    shapes = {"enc__emb__weight": (9, 3), **gru(3, 4, "enc__gru__")}
    shapes |= {"dec__emb__weight": (8, 5), **gru(5, 4, "dec__gru__")}

    unnamed = {name.replace("emb", "table"): shape for name, shape in shapes.items()}

    assert list(kinds(**shapes).values()) == ["embedding", "recurrent"] * 2
    assert list(kinds(**unnamed).values()) == ["embedding", "recurrent"] * 2


def layers(*, ordered, **shapes):
    """The order in which parts are taken to run, and where it comes from."""
    names = parts(drawn(**shapes), ordered=ordered)
    found = [each for each in names.assumed if each.key == "layers"]
    assert [each.value for each in found] == [", ".join(p.name for p in names.parts)][: len(found)]
    return [part.name for part in names.parts], *(each.why for each in found)


REGISTERED = "the order in which the modules were registered; no file of weights says how they run"
WIDTHS = "the one order in which their widths fit; this file keeps none"
NAMES = "the order of their names; this file keeps none, and their widths do not tell"
ENCODER = {**gru(3, 4, "z_encoder__"), **gru(4, 5, "a_decoder__")}


def test_the_order_of_a_file_that_keeps_one():
    """That of registration, and that this is assumed; one module needs no order."""
    stack = {**gru(3, 4), **{name.replace("l0", "l1"): s for name, s in gru(4, 4).items()}}

    assert layers(ordered=True, **ENCODER) == (["z_encoder", "a_decoder"], REGISTERED)
    assert layers(ordered=True, **gru(3, 4, "b__"), **gru(3, 4, "a__")) == (["b", "a"], REGISTERED)
    assert layers(ordered=True, **stack) == (["gru.0", "gru.1"],)


def test_the_order_that_the_widths_tell():
    """safetensors sorts its names; 3 -> 4 -> 5 -> 2 fits in one order."""
    heads = {"b__weight": (2, 6), "b__bias": (2,), "z__weight": (6, 5), "z__bias": (6,)}
    front = {"z_emb__weight": (9, 3)}
    shapes = dict(sorted({**ENCODER, **heads, **front}.items()))

    assert layers(ordered=False, **shapes) == (
        ["z_emb", "z_encoder", "a_decoder", "z", "b"],
        WIDTHS,
    )


def test_what_stands_in_front_and_between_by_its_widths():
    """A projection below the recurrent layer, a normalization behind it."""
    shapes = {"z__weight": (3, 7), "z__bias": (3,), **gru(3, 4, "gru__")}
    shapes |= {"fc__weight": (2, 4), "fc__bias": (2,), "norm__weight": (4,), "norm__bias": (4,)}

    assert layers(ordered=False, **shapes) == (["z", "gru", "norm", "fc"], WIDTHS)


def test_the_width_of_two_directions():
    """A bidirectional layer of 4 units gives 8 numbers, one with a projection to 2 gives 2."""
    shapes = {f"gru__{n}{end}": s for end in ("", "_reverse") for n, s in gru(3, 4).items()}
    shapes |= {"lstm__weight_ih_l0": (20, 8), "lstm__weight_hh_l0": (20, 2)}
    shapes |= {"lstm__weight_hr_l0": (2, 5), "a__weight": (6, 2), "a__bias": (6,)}

    assert layers(ordered=False, **dict(sorted(shapes.items()))) == (["gru", "lstm", "a"], WIDTHS)


def test_an_embedding_tells_where_the_widths_begin():
    """3 -> 4 -> 3 is a circle; what takes the rows of the embedding is the first."""
    circle = {**gru(4, 3, "a__"), **gru(3, 4, "z__")}

    assert layers(ordered=False, **circle) == (["a", "z"], NAMES)
    assert layers(ordered=False, emb__weight=(9, 3), **circle) == (["emb", "z", "a"], WIDTHS)


def test_widths_that_tell_a_part_of_the_order():
    """The recurrent ones where there are two heads; the heads above equal recurrent ones."""
    two = {"p__weight": (2, 5), "p__bias": (2,), "q__weight": (7, 5), "q__bias": (7,)}
    heads = {"b__weight": (2, 6), "b__bias": (2,), "z__weight": (6, 4), "z__bias": (6,)}
    equal = {**gru(4, 4, "n1__"), **gru(4, 4, "n2__")}

    assert layers(ordered=False, **two, **ENCODER) == (["z_encoder", "a_decoder", "p", "q"], NAMES)
    assert layers(ordered=False, **heads, **equal) == (["n1", "n2", "z", "b"], NAMES)


def test_the_order_of_names_where_widths_do_not_tell():
    """layer2 before layer10; two heads of one width; what cannot be computed behind."""
    equal = {**gru(4, 4, "layer10__"), **gru(4, 4, "layer2__")}
    heads = {**gru(3, 4, "gru__"), "b__weight": (2, 4), "b__bias": (2,)}
    heads |= {"a__weight": (5, 4), "a__bias": (5,), "B__conv__weight": (2, 2, 2)}

    assert layers(ordered=False, **equal) == (["layer2", "layer10"], NAMES)
    names = parts(drawn(**heads), ordered=False)
    assert [part.name for part in names.parts] == ["gru", "a", "b", "B.conv"]
    assert names.assumed[0] == Assumption("", "layers", "gru, a, b", NAMES)


def test_many_equal_modules_are_not_tried_in_every_order():
    """2,000 of one width are sorted in a moment."""
    shapes = {}
    for i in range(2000):
        shapes |= gru(2, 2, f"m{i}__")
    names = parts(drawn(**shapes), ordered=False)

    assert [part.name for part in names.parts] == [f"m{i}" for i in range(2000)]


def test_which_steps_the_output_reads_is_assumed():
    """Only where there is an output behind the recurrent layers."""
    head = {"fc__weight": (2, 4), "fc__bias": (2,)}
    front = {"proj__weight": (3, 7), "proj__bias": (3,)}
    why = "a file of weights does not say which steps the output layer reads"
    mode = Assumption("", "mode", "many-to-many", why)

    assert mode in parts(drawn(**gru(3, 4, "gru__"), **head), ordered=True).assumed
    assert mode not in parts(drawn(**front, **gru(3, 4, "gru__")), ordered=True).assumed
    assert parts(drawn(**head), ordered=True).assumed == []
