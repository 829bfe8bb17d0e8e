/** One page of a list, with `links` and `meta` as DigitalOcean writes them. 20 to a page by default, at most 200. */
export function paginate<T>(
  key: string,
  items: readonly T[],
  request: { readonly query: Readonly<Record<string, string | undefined>>; readonly url: string },
  render: (item: T) => unknown,
): Record<string, unknown> {
  const perPage = Math.min(200, positive(request.query["per_page"], 20));
  const page = positive(request.query["page"], 1);
  const lastPage = Math.max(1, Math.ceil(items.length / perPage));
  const link = (target: number): string => {
    const url = new URL(request.url);
    url.searchParams.set("page", `${target}`);
    url.searchParams.set("per_page", `${perPage}`);
    return url.href;
  };
  const pages = {
    ...(page > 1 && { first: link(1), prev: link(page - 1) }),
    ...(page < lastPage && { next: link(page + 1), last: link(lastPage) }),
  };
  return {
    [key]: items.slice((page - 1) * perPage, page * perPage).map(render),
    links: Object.keys(pages).length > 0 ? { pages } : {},
    meta: { total: items.length },
  };
}

function positive(text: string | undefined, fallback: number): number {
  return text !== undefined && /^[1-9]\d*$/.test(text) ? Number(text) : fallback;
}
