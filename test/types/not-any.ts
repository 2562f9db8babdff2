export type IsAny<Type> = 0 extends 1 & Type ? true : false
/** Compiles for any type but `any`: @types/koa's index signature makes everything missing an `any`. */
export type NotAny<Type> = IsAny<Type> extends false ? Type : never
export type Equal<One, Other> = (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false
export function holds<_Statement extends true>(): void {}
