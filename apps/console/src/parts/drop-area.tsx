import { Button, FileButton } from '@mantine/core';
import { useState, type DragEvent, type ReactNode } from 'react';

type Take = (file: File | null | undefined) => unknown;

/** A place to drop a file. */
export function DropArea({ onFile, children }: { onFile: Take; children: ReactNode }) {
  const [over, setOver] = useState(false);
  const hold = (event: DragEvent) => {
    event.preventDefault();
    setOver(event.type === 'dragover');
  };
  return (
    <div
      className={over ? 'drop over' : 'drop'}
      onDragOver={hold}
      onDragLeave={hold}
      onDrop={(event) => {
        hold(event);
        onFile(event.dataTransfer.files[0]);
      }}
    >
      {children}
    </div>
  );
}

/** A button to choose a file. @param accept types that it offers, as `input` takes them */
export function ChooseFile({ label, accept, onFile, children }: { label: string; accept: string; onFile: Take; children: ReactNode }) {
  return (
    <FileButton onChange={(file) => void onFile(file)} accept={accept} inputProps={{ 'aria-label': label }}>
      {(props) => (
        <Button variant="default" {...props}>
          {children}
        </Button>
      )}
    </FileButton>
  );
}
