#!/usr/bin/env python3
"""Makes entries.json and tree.json anew from the text of ../../README.md alone: a second implementation, in another language, of the same formats."""
import base64
import hashlib
import json
import os

HERE = os.path.dirname(os.path.abspath(__file__))


def b64url(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b'=').decode()


def canonical(value):
    """RFC 8785 for whole numbers, texts, lists and objects."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode('utf-16-be'))
        return '{' + ','.join(canonical(n) + ':' + canonical(value[n]) for n in names) + '}'
    if isinstance(value, list):
        return '[' + ','.join(canonical(item) for item in value) + ']'
    return json.dumps(value, ensure_ascii=False)


def build(case):
    salts = iter(case['salts'])
    texts, digests = [], {}
    for field in case['hidden']:
        text = canonical([b64url(bytes.fromhex(next(salts))), field['name'], field['value']])
        hashed = '["underseal.disclosure.v1",' + canonical(case['id']) + ',' + text + ']'
        texts.append(text)
        digests[field['name']] = b64url(hashlib.sha256(hashed.encode()).digest())
    entry = {k: case[k] for k in ('id', 'type', 'at', 'cause', 'open') if k in case}
    leaf = canonical({'v': 1, **entry, 'hidden': digests})
    return {**case, 'leaf': leaf, 'leafHash': hashlib.sha256(b'\0' + leaf.encode()).hexdigest(), 'disclosures': texts}


CASES = [
    {'name': 'nothing but the head', 'id': 'ent_1', 'type': 'vault.opened', 'at': '2026-11-22T10:00:00.123Z', 'open': {}, 'hidden': [], 'salts': []},
    {'name': 'open, personal and secret fields', 'id': 'ent_01hzz0000000000000000000aa', 'type': 'sharing.opened', 'at': '2026-02-28T23:59:59.999Z',
     'cause': 'ent_01hzz0000000000000000000bb', 'open': {'actor': 'per_01hzz0000000000000000000bb', 'via': 'sharing.open', 'shareId': 'shr_9', 'pages': [3, 1, 2], 'strong': True, 'until': None},
     'hidden': [{'name': 'recipient', 'kind': 'personal', 'value': 'gil@theirs.example'}, {'name': 'purpose', 'kind': 'secret', 'value': 'Quote for batch 7'}],
     'salts': ['000102030405060708090a0b0c0d0e0f', 'ffffffffffffffffffffffffffffffff']},
    {'name': 'texts beyond ASCII, escapes, nesting, an empty text', 'id': 'ent_2', 'type': 'register.entered', 'at': '1999-12-31T00:00:00.000Z',
     'cause': 'ent_1', 'open': {'b': {'\u20ac': 1, '\r': 2, '\ufb33': 3, '\U0001f600': 4, '\u0080': 5, '\u00f6': 6, '1': 7}, 'a': []},
     'hidden': [{'name': 'title', 'kind': 'secret', 'value': 'Gef\u00e4\u00df \U0001f600 "x" \\ \n\t\u2028'}, {'name': 'note', 'kind': 'personal', 'value': ''},
                {'name': 'constructor', 'kind': 'secret', 'value': {'z': [None, False], 'a': -7}}],
     'salts': ['80000000000000000000000000000001', '11111111111111111111111111111111', 'a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5']},
]


def mth(hashes):
    if not hashes:
        return hashlib.sha256(b'').digest()
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return hashlib.sha256(b'\1' + mth(hashes[:k]) + mth(hashes[k:])).digest()


def tiles(hashes):
    """Every tile of the tree: path and SHA-256 of its bytes; and in one more digest, all of them."""
    listed, level, row = [], 0, hashes
    while row:
        for n in range(0, len(row), 256):
            part = row[n:n + 256]
            digits = f'{n // 256:03d}'
            listed.append((f'tile/{level}/{digits}' + ('' if len(part) == 256 else f'.p/{len(part)}'), hashlib.sha256(b''.join(part)).hexdigest()))
        row = [mth(row[n:n + 256]) for n in range(0, len(row) - 255, 256)]
        level += 1
    return listed


def tree(size):
    leaves = [f'entry {i}'.encode() for i in range(size)]
    listed = tiles([hashlib.sha256(b'\0' + leaf).digest() for leaf in leaves])
    bundles = b''.join(len(leaf).to_bytes(2, 'big') + leaf for leaf in leaves)
    text = ''.join(f'{path} {digest}\n' for path, digest in listed)
    return {'size': size, 'root': mth([hashlib.sha256(b'\0' + leaf).digest() for leaf in leaves]).hex(), 'tiles': len(listed),
            'last': [path for path, _ in listed if '.p/' in path], 'tilesDigest': hashlib.sha256(text.encode()).hexdigest(),
            'bundlesDigest': hashlib.sha256(bundles).hexdigest()}


def write(name, rows):
    with open(os.path.join(HERE, name), 'w', encoding='utf-8') as file:
        file.write('[\n' + ',\n'.join(json.dumps(row) for row in rows) + '\n]\n')


write('entries.json', [build(case) for case in CASES])
write('tree.json', [tree(size) for size in (0, 1, 2, 7, 255, 256, 257, 1000, 65536, 70000)])
