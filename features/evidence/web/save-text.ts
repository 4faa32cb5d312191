import { announce } from '#platform/web/ui/index.ts';

/** Gives a text to the browser to save. */
export function saveText(name: string, text: string) {
  const address = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 0);
  announce(`${name} was handed to the browser to save`);
}
