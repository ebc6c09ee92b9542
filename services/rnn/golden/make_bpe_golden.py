"""Writes bpe.json: what Hugging Face's `tokenizers` 0.23.3 learns and encodes."""
import json
from pathlib import Path
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

here = Path(__file__).parent
texts = (here / 'bpe.txt').read_text(encoding='utf-8').split('\n')
tokenizer = Tokenizer(models.BPE())
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
tokenizer.decoder = decoders.ByteLevel()
tokenizer.train_from_iterator(texts, trainers.BpeTrainer(
    vocab_size=700, min_frequency=2, special_tokens=['<pad>', '<start>', '<end>', '<unknown>'],
    initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
plan = json.loads(tokenizer.to_str())['model']
fresh = ['Call me Ishmael.', "It wasn't so; they'd gone  to sea.", 'Ünïcödé — 日本語 🐳', 'xqzt 12,345']
encoded = [tokenizer.encode(text, add_special_tokens=False).ids for text in fresh]
json.dump({'tokens': [t for t, _ in sorted(plan['vocab'].items(), key=lambda kv: kv[1])], 'merges': plan['merges'],
           'fresh': fresh, 'encoded': encoded}, open(here / 'bpe.json', 'w', encoding='utf-8'), ensure_ascii=False, separators=(',', ':'))
