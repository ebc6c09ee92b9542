import { useEffect, useState } from 'react';

let loading: Promise<Record<string, string>> | undefined;

/** The comments of proto/ by full name, as the build took them out of it. */
export function useComments(): Record<string, string> {
  const [comments, setComments] = useState<Record<string, string>>({});
  useEffect(() => {
    loading ??= fetch('/assets/comments.json').then((response) => response.json() as Promise<Record<string, string>>);
    loading.then(setComments, () => (loading = undefined));
  }, []);
  return comments;
}
