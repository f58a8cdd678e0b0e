/** Has a script of this folder carry out its parent's orders, one after the other, and end with its parent. */
export function answerParent<Order>(carryOut: (order: Order) => Promise<unknown>): void {
  process.on('disconnect', () => process.exit());
  process.on('message', (order: Order) => {
    carryOut(order).then(
      (value) => process.send?.({ value }),
      (error: unknown) => process.send?.({ error: String(error) }),
    );
  });
}
