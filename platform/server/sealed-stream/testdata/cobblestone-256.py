"""Makes cobblestone-256.json with an implementation that is not ours: the Python package `cryptography`, 50.0 or newer.

Plaintext is `size` bytes, byte i being i mod 251. Long messages are given by their SHA-256 and their salt only.
"""

import hashlib
import json
import pathlib

from cryptography.cobblestone import Cobblestone256Encryptor

CHUNK = 16384
CASES = [(0, ""), (1, ""), (7, "vault|doc_1|1"), (100, "Zürich"), (CHUNK - 1, ""), (CHUNK, "a"), (CHUNK + 1, ""), (2 * CHUNK, ""), (5 * CHUNK + 17, "x" * 300), (257 * CHUNK + 3, "carry")]


def vector(number: int, size: int, context: str) -> dict[str, object]:
    key = hashlib.sha256(b"cobblestone vector %d" % number).digest()
    plain = bytes(i % 251 for i in range(size))
    encryptor = Cobblestone256Encryptor(key, context.encode())
    sealed = encryptor.update(plain) + encryptor.finalize()
    made: dict[str, object] = {"name": f"{size} bytes", "key": key.hex(), "context": context, "size": size, "salt": sealed[:24].hex()}
    made["sealedSize"] = len(sealed)
    made["sha256"] = hashlib.sha256(sealed).hexdigest()
    if size <= 100:
        made["sealed"] = sealed.hex()
    return made


vectors = [vector(number, size, context) for number, (size, context) in enumerate(CASES)]
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(vectors, indent=2, ensure_ascii=False) + "\n")
