/**
 * Every item of a paged list, a page fetched when it is needed.
 *
 * @example
 * for await (const model of pages(quartet.models.listModels, {}, (page) => page.models)) console.log(model.name);
 */
export async function* pages<Req extends { pageToken?: string } | undefined, Res extends { nextPageToken: string }, Item>(
  method: (request: Req) => Promise<Res>,
  request: NoInfer<NonNullable<Req>>,
  itemsOf: (page: Res) => readonly Item[],
): AsyncGenerator<Item, void, undefined> {
  let pageToken = request.pageToken ?? '';
  do {
    const page = await method({ ...request, pageToken });
    yield* itemsOf(page);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
}
