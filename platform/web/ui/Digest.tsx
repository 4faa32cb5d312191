import { useState } from 'react';
import { copyText } from './copy.ts';
import { announce } from './announce.ts';
import './Digest.css';

function inFours(text: string) {
  return text.match(/.{1,4}/g)?.join(' ') ?? text;
}

/** A hash, shortened; whole when it has the focus or the pointer. Pressing it copies it. */
export function Digest({ value, label = 'Digest' }: { value: string; label?: string | undefined }) {
  const [whole, setWhole] = useState(false);
  const short = value.length > 24 ? `${inFours(value.slice(0, 8))} … ${value.slice(-4)}` : inFours(value);
  async function copy() {
    announce((await copyText(value)) ? `${label} copied` : `Cannot copy: select the text instead`);
  }
  return (
    <button type="button" className="digest" title={value} onFocus={() => setWhole(true)} onBlur={() => setWhole(false)} onClick={() => void copy()}>
      <span className="vh">{label} </span>
      {whole ? inFours(value) : short}
      <span className="vh">, copy</span>
    </button>
  );
}
