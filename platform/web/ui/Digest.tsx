import { useState } from 'react';
import { copyText } from './copy.ts';
import { announce } from './announce.ts';
import './Digest.css';

function inFours(text: string) {
  return text.match(/.{1,4}/g)?.join(' ') ?? text;
}

/** A hash, shortened. Pressing it copies it and shows it whole; it never grows by the focus alone, which would move what stands below from under the pointer. */
export function Digest({ value, label = 'Digest' }: { value: string; label?: string | undefined }) {
  const [whole, setWhole] = useState(false);
  const short = value.length > 24 ? `${inFours(value.slice(0, 8))} … ${value.slice(-4)}` : inFours(value);
  async function copy() {
    setWhole(true);
    announce((await copyText(value)) ? `${label} copied` : `Cannot copy: select the text instead`);
  }
  return (
    <button type="button" className={whole ? 'digest whole' : 'digest'} title={value} onClick={() => void copy()}>
      <span className="vh">{label} </span>
      {whole ? inFours(value) : short}
      <span className="vh">, copy</span>
    </button>
  );
}
