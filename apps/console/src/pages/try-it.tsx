export function TryIt(_: { path?: string; name?: string }) { return <p>soon</p>; }
