/** How what a receiver serves differs from what was sent: where, never what. */
export type Difference = 'no-document' | 'identifier' | 'entry-count' | 'content' | 'several-or-different';

/** What reading back what was stored has shown (domain.md section 5). `tries`: asks that were not answered. `at` in epoch ms. */
export type ReadBack =
  | { readonly status: 'due'; readonly at: number; readonly tries: number }
  | { readonly status: 'equal'; readonly at: number }
  | { readonly status: 'different'; readonly difference: Difference; readonly at: number }
  | { readonly status: 'unreadable'; readonly at: number };

/** What a read of what was stored gave. `unreadable`: the receiver does not let us read; `unanswered`: asked again later. */
export type ReadResult =
  | { readonly type: 'equal' }
  | { readonly type: 'different'; readonly difference: Difference }
  | { readonly type: 'unreadable' }
  | { readonly type: 'unanswered' };
