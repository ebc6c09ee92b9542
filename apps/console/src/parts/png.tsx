import { useEffect, useState, type ReactNode } from 'react';

interface Props {
  bytes: Uint8Array;
  label: string;
  caption?: ReactNode;
  /** Of many small pictures: stays readable, and scrolls by itself where it is too wide. */
  sheet?: boolean;
}

/** A picture that came as a PNG file. */
export function Png({ bytes, label, caption, sheet }: Props) {
  const [url, setUrl] = useState('');
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([new Uint8Array(bytes)], { type: 'image/png' }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [bytes]);
  const image = url !== '' && <img src={url} alt={label} />;
  return (
    <figure className="picture why">
      {sheet ? (
        <div className="scroll" tabIndex={0} role="group" aria-label={`Picture: ${label}`}>
          {image}
        </div>
      ) : (
        image
      )}
      {caption !== undefined && <figcaption>{caption}</figcaption>}
    </figure>
  );
}
