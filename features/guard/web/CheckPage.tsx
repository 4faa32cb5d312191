import { useState } from 'react';
import { announce, Button, DropField, formatCount, formatNumber, Page } from '#platform/web/ui/index.ts';
import { Answer, titleOf } from './Answer.tsx';
import { CheckedFiles, titleOfAll } from './CheckedFiles.tsx';
import { useChecks, type Run } from './use-checks.ts';

/** One large field: paste or drop; is this ours, and may it leave? */
export function CheckPage() {
  const [text, setText] = useState('');
  const { run, checkText, checkFiles, clear } = useChecks((done) => announce(done.length === 1 ? titleOf(done[0]!.outcome) : titleOfAll(done), 'assertive'));
  const isBusy = run?.now !== undefined;
  return (
    <Page path={['Guard', 'Check a text']} title="May this leave the company?">
      <DropField
        foldersToo
        label="Text or file to check"
        text={text}
        onText={setText}
        multiple
        onFiles={checkFiles}
        placeholder="Paste a text, or drop files here."
        note={noteOf(run)}
        actions={
          <>
            {(text !== '' || run) && (
              <Button
                onClick={() => {
                  setText('');
                  clear();
                }}
              >
                Clear the field
              </Button>
            )}
            <Button variant="filled" disabled={text.trim() === ''} busy={isBusy} onClick={() => checkText(text)}>
              Check
            </Button>
          </>
        }
      />
      {isBusy && (
        <p role="status" className="quiet">
          Reading and comparing{run.of > 1 ? ` file ${formatNumber(run.done.length + 1)} of ${formatNumber(run.of)}: ${run.now}` : '.'}
        </p>
      )}
      {run && run.of > 1 ? <CheckedFiles done={run.done} ended={!isBusy} /> : run?.done.map((checked) => <Answer key={checked.key} checked={checked} />)}
    </Page>
  );
}

function noteOf(run: Run | undefined): string {
  if (!run) return 'Nothing that you check is stored.';
  if (run.of > 1) return `${formatCount(run.of, 'file')}. Nothing here is stored.`;
  const [checked] = run.done;
  if (!checked) return run.now ? `${run.now}. Nothing here is stored.` : 'Nothing that you check is stored.';
  return `${checked.name ? `${checked.name}: ` : ''}${readOf(checked.outcome)}. Nothing here is stored.`;
}
function readOf(outcome: Run['done'][number]['outcome']): string {
  if (outcome.kind !== 'inspected') return 'nothing of it was read';
  const { characters, unread } = outcome.inspection;
  if (characters === 0 && unread.length > 0) return 'nothing of it was read';
  return unread.length === 0 ? `${formatCount(characters, 'character')}, read whole` : `${formatCount(characters, 'character')} read, and not all of it`;
}
