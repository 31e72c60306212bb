"""Writes a packed E5 model in the folder layout that published sentence-transformers models have.

That layout is read by every version of the library, which the library's own `save` does not promise.
"""

import json
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from encoder_training.packed import PackedModel

_MODULES: Final = (("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize"))
_EMBEDDINGS: Final = {
    "word_embeddings.weight": "word",
    "position_embeddings.weight": "pos",
    "token_type_embeddings.weight": "type",
    "LayerNorm.weight": "ln.w",
    "LayerNorm.bias": "ln.b",
}
_LAYER: Final = {
    "attention.self.query": "q",
    "attention.self.key": "k",
    "attention.self.value": "v",
    "attention.output.dense": "ao",
    "attention.output.LayerNorm": "aln",
    "intermediate.dense": "fi",
    "output.dense": "fo",
    "output.LayerNorm": "oln",
}
_NAMES: Final = {"bos": "<s>", "eos": "</s>", "pad": "<pad>", "unk": "<unk>"}
_MASK: Final = "<mask>"
# Put before every text; the model's authors advise it for symmetric comparisons.
_PROMPT: Final = {"prompts": {"query": "query: "}, "default_prompt_name": "query"}


def write_folder(model: PackedModel, folder: Path) -> None:
    """Write weights (safetensors), tokenizer and settings into an existing, empty folder."""
    from safetensors.numpy import save_file

    weights = folder / "model.safetensors"
    save_file(bert_weights(model), weights, metadata={"format": "pt"})
    weights.chmod(0o644)  # safetensors makes it private; a cache may be shared
    build_tokenizer(model).save(str(folder / "tokenizer.json"))
    sizes = model.sizes
    _write_json(folder / "config.json", _bert_config(model))
    _write_json(folder / "tokenizer_config.json", _tokenizer_config(sizes["positions"]))
    _write_json(folder / "sentence_bert_config.json", {"max_seq_length": sizes["positions"]})
    _write_json(folder / "modules.json", [_module(place) for place in range(len(_MODULES))])
    _write_json(folder / "config_sentence_transformers.json", _PROMPT)
    _write_json(folder / "1_Pooling" / "config.json", _pooling_config(sizes["hidden"]))
    (folder / "2_Normalize").mkdir()


def bert_weights(model: PackedModel) -> dict[str, NDArray[np.float32]]:
    """Name and shape the tensors as transformers' BertModel has them.

    The pooler, which mean pooling never uses, is all zero: left out, it would be drawn at random.
    """
    hidden = model.sizes["hidden"]
    weights = {f"embeddings.{ours}": model.tensors[f"emb.{theirs}"] for ours, theirs in _EMBEDDINGS.items()}
    for layer in range(model.sizes["layers"]):
        for ours, theirs in _LAYER.items():
            for kind in ("weight", "bias"):
                packed = model.tensors[f"l{layer}.{theirs}.{kind[0]}"]
                weights[f"encoder.layer.{layer}.{ours}.{kind}"] = packed
    shaped = {name: _shaped(name, values, model.sizes) for name, values in weights.items()}
    shaped["pooler.dense.weight"] = np.zeros((hidden, hidden), dtype=np.float32)
    shaped["pooler.dense.bias"] = np.zeros(hidden, dtype=np.float32)
    return shaped


def _shaped(name: str, values: NDArray[np.float32], sizes: dict[str, int]) -> NDArray[np.float32]:
    if name.endswith("bias") or "LayerNorm" in name:
        return values
    narrow = sizes["feed_forward"] if ".output.dense" in name and "attention" not in name else sizes["hidden"]
    return values.reshape(-1, narrow)


def build_tokenizer(model: PackedModel) -> Any:
    """Build XLM-RoBERTa's tokenizer from the pieces and scores of a packed model.

    It is Unigram, after SentencePiece's nmt_nfkc normalisation, with ``<s> text </s>``. Nmt and NFKC give,
    character by character, the file's own normalisation table, but for U+FF5E (fullwidth tilde, which becomes
    ~). Unlike that table they also join an accent in a character of its own to its letter, as SentencePiece
    does.
    """
    from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    tokenizer = Tokenizer(models.Unigram(model.pieces, unk_id=model.special["unk"], byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Nmt(),
            normalizers.NFKC(),
            normalizers.Strip(),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    ends = [(_NAMES[end], model.special[end]) for end in ("bos", "eos")]
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=ends
    )
    marks = [AddedToken(mark, normalized=False, special=True) for mark in (*_NAMES.values(), _MASK)]
    tokenizer.add_special_tokens(marks)
    return tokenizer


def _bert_config(model: PackedModel) -> dict[str, Any]:
    sizes = model.sizes
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_act": "gelu",
        "hidden_size": sizes["hidden"],
        "num_hidden_layers": sizes["layers"],
        "num_attention_heads": sizes["heads"],
        "intermediate_size": sizes["feed_forward"],
        "vocab_size": sizes["vocabulary"],
        "max_position_embeddings": sizes["positions"],
        "type_vocab_size": sizes["types"],
        "layer_norm_eps": 1e-12,
        "pad_token_id": model.special["pad"],
        "torch_dtype": "float32",
    }


def _tokenizer_config(tokens: int) -> dict[str, Any]:
    named = {f"{role}_token": mark for role, mark in _NAMES.items()}
    ends = {"cls_token": _NAMES["bos"], "sep_token": _NAMES["eos"], "mask_token": _MASK}
    return {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": tokens, **named, **ends}


def _pooling_config(hidden: int) -> dict[str, Any]:
    return {"word_embedding_dimension": hidden, "pooling_mode_mean_tokens": True}


def _module(place: int) -> dict[str, Any]:
    path, kind = _MODULES[place]
    return {"idx": place, "name": str(place), "path": path, "type": f"sentence_transformers.models.{kind}"}


def _write_json(path: Path, content: Any) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content, indent=2), encoding="utf-8")
