"""How the encoder ``tiny`` was made, from nothing but this package: ``python -m mmgap.training.tiny_training OUT``.

The tokenizer is fitted on the captions of the glyphs' train split in both languages, so that Spanish is no longer than
English; the weights see the train split in the textured style with English captions only, so that flat pictograms are
new to them, and Spanish is: what ARASAAC is to CLIP. Recipe and sizes were chosen on the validation split, with
seeds that no report shows.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from mmgap import datasets
from mmgap.core.progress import say
from mmgap.encoders.loading import quiet
from mmgap.encoders.model_options import Options
from mmgap.encoders.tiny import END, LENGTH, PAD, START, TinyRandom
from mmgap.training.data_splits import Splits
from mmgap.training.default_recipes import usual
from mmgap.training.history import History
from mmgap.training.recipe import Recipe
from mmgap.training.run import trained
from mmgap.training.trained_encoder import onto
from mmgap.training.whole_models import write_merged

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

#: Tokens of the vocabulary, the data, and the seed of weights and order.
VOCABULARY, DATA, SEED = 1000, "glyphs-en:textured", 100


def tokenizer() -> PreTrainedTokenizerFast:
    """A byte-level BPE of `VOCABULARY` tokens: any text in any script, nothing unknown."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[START, END, PAD],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    captions = [datasets.load(f"glyphs-{language}", split="train").captions for language in ("en", "es")]
    made.train_from_iterator([text for some in captions for text in some], trainer)
    ends = [(token, made.token_to_id(token)) for token in (START, END)]
    made.post_processor = processors.TemplateProcessing(single=f"{START} $A {END}", special_tokens=ends)
    return PreTrainedTokenizerFast(
        tokenizer_object=made,
        bos_token=START,
        eos_token=END,
        pad_token=PAD,
        model_max_length=LENGTH,
        model_input_names=["input_ids", "attention_mask"],
    )


def build(out: Path) -> Path:
    """Write tokenizer, weights, processor and card into ``out``; minutes on two cores; taken up where it stopped."""
    with quiet():
        tokenizer().save_pretrained(out)
    recipe = Recipe.of(usual("tiny-random"), loss="ce", seed=SEED)
    folder = trained(_start(out), Splits.of(DATA, lambda data: data), recipe, on_epoch=_tell)
    whole = out.with_name(f"{out.name}-whole")
    shutil.rmtree(whole, ignore_errors=True)
    write_merged(onto(_start(out), folder, "tiny"), whole)
    shutil.copytree(whole, out, dirs_exist_ok=True)
    shutil.rmtree(whole)
    return out


def _start(tokenizer: Path) -> TinyRandom:
    return TinyRandom(SEED, f"tiny-random:{SEED}", Options.choose("cpu", "float32", None, cpu=64), tokenizer)


def _tell(epoch: int, history: History) -> None:
    say(f"epoch {epoch}: R@1 {100 * history.recall(epoch):.1f}, gap {float(history.epochs['curve_gap'][-1]):.3f}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m mmgap.training.tiny_training OUT")
    print(build(Path(sys.argv[1])))
