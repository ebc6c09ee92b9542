import { useEffect, useState, type ReactNode } from 'react';

/** A picture that came as a PNG file. */
export function Png({ bytes, label, caption }: { bytes: Uint8Array; label: string; caption?: ReactNode }) {
  const [url, setUrl] = useState('');
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([new Uint8Array(bytes)], { type: 'image/png' }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [bytes]);
  return (
    <figure className="picture why">
      {/* A wide one, such as a sheet of filters, scrolls by itself. */}
      <div className="scroll" tabIndex={0} role="group" aria-label={`Picture: ${label}`}>
        {url !== '' && <img src={url} alt={label} />}
      </div>
      {caption !== undefined && <figcaption>{caption}</figcaption>}
    </figure>
  );
}
