/** A method that answers in pages. */
type PagedMethod<Req, Res> = (request: Req) => Promise<Res & { nextPageToken: string }>;

/**
 * Every item of a paged list, a page fetched when it is needed.
 *
 * @example
 * for await (const model of pages(quartet.models.listModels, {}, (page) => page.models)) console.log(model.name);
 */
export async function* pages<Req extends { pageToken?: string }, Res, Item>(
  method: PagedMethod<Req, Res>,
  request: Req,
  itemsOf: (page: Res) => readonly Item[],
): AsyncGenerator<Item, void, undefined> {
  let pageToken = request.pageToken ?? '';
  do {
    const page = await method({ ...request, pageToken });
    yield* itemsOf(page);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
}
