/** A refusal of the exchange. `status` and `message` are sent unchanged: `{ "detail": message }`. */
export class ExchangeError extends Error {
  readonly status: 400 | 401 | 403 | 404 | 409 | 423;

  constructor(status: ExchangeError['status'], detail: string) {
    super(detail);
    this.name = 'ExchangeError';
    this.status = status;
  }
}
