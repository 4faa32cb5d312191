/** Sends the form of a one-time code as soon as its last digit is in, by the form's own way: after a refusal the field takes the focus again. */
export function submitWhole() {
  requestAnimationFrame(() => document.activeElement?.closest('form')?.requestSubmit());
}
