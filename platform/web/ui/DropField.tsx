import { useId, useRef, useState } from 'react';
import type { DragEvent, ReactNode } from 'react';
import { Button } from './Button.tsx';
import './DropField.css';

export type DropFieldProps = {
  label: string;
  /** Leave both out for a field that takes files alone. */
  text?: string | undefined;
  onText?: ((text: string) => void) | undefined;
  onFiles: (files: File[]) => void;
  placeholder?: string | undefined;
  /** At the left below: what is in the field, what happens to it. */
  note?: ReactNode;
  /** Buttons at the right, after "Choose a file". */
  actions?: ReactNode;
  accept?: string | undefined;
  multiple?: boolean | undefined;
  /** The page tells of folders itself: they come as files that cannot be read. */
  foldersToo?: boolean | undefined;
  rows?: number | undefined;
  disabled?: boolean | undefined;
};

/** One large field: paste, or drop files anywhere on it. */
export function DropField({
  label,
  text,
  onText,
  onFiles,
  placeholder,
  note,
  actions,
  accept,
  multiple = false,
  foldersToo = false,
  rows = 6,
  disabled = false,
}: DropFieldProps) {
  const id = useId();
  const picker = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const [folders, setFolders] = useState<readonly string[]>([]);

  function take(files: readonly File[]) {
    if (disabled || files.length === 0) return;
    onFiles(multiple ? [...files] : files.slice(0, 1));
  }
  function takeCarried(carried: DataTransfer) {
    const inside = foldersToo ? [] : foldersIn(carried);
    setFolders(inside);
    take([...carried.files].filter(({ name }) => !inside.includes(name)));
  }
  function drop(event: DragEvent) {
    if (!event.dataTransfer.types.includes('Files')) return;
    event.preventDefault();
    setOver(false);
    takeCarried(event.dataTransfer);
  }
  function drag(event: DragEvent) {
    if (!event.dataTransfer.types.includes('Files')) return;
    event.preventDefault();
    setOver(true);
  }
  return (
    <div className={over ? 'drop over' : 'drop'} onDragOver={drag} onDragLeave={() => setOver(false)} onDrop={drop}>
      {onText ? (
        <>
          <label className="vh" htmlFor={id}>
            {label}
          </label>
          <textarea
            id={id}
            rows={rows}
            placeholder={placeholder}
            value={text ?? ''}
            disabled={disabled}
            spellCheck={false}
            onChange={(event) => onText(event.currentTarget.value)}
            onPaste={(event) => event.clipboardData.files.length > 0 && (event.preventDefault(), takeCarried(event.clipboardData))}
          />
        </>
      ) : (
        <p className="drop-place">{placeholder ?? (multiple ? 'Drop files here.' : 'Drop a file here.')}</p>
      )}
      {folders.length > 0 && (
        <p className="drop-folders c-breach" role="alert">
          {folders.map((name) => `“${name}”`).join(', ')} {folders.length === 1 ? 'is a folder' : 'are folders'}, of which nothing was taken: drop the files
          that are in {folders.length === 1 ? 'it' : 'them'}.
        </p>
      )}
      <div className="drop-foot">
        <span>{note}</span>
        <span className="actions">
          <input
            ref={picker}
            hidden
            type="file"
            accept={accept}
            multiple={multiple}
            onChange={(event) => {
              setFolders([]);
              take([...(event.currentTarget.files ?? [])]);
              event.currentTarget.value = '';
            }}
          />
          <Button size="small" disabled={disabled} onClick={() => picker.current?.click()}>
            {multiple ? 'Choose files' : 'Choose a file'}
          </Button>
          {actions}
        </span>
      </div>
    </div>
  );
}

/** Names of what looks like files and is folders: a browser gives them a size, and nothing to read. */
function foldersIn({ items }: DataTransfer): string[] {
  return [...items].flatMap((item) => {
    const entry = item.kind === 'file' ? item.webkitGetAsEntry() : null;
    return entry?.isDirectory ? [entry.name] : [];
  });
}
