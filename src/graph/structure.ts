// The structure version: whatever was traced for a model is valid as long as no layer, weight, trainable flag, optimizer setting or loss
// has changed since.

let version = 0

/** Goes up with every change of structure, of any model: cheap to compare; who finds it moved looks whether its own model is the same. */
export const structureVersion = (): number => version

/** Says that a layer, weight, flag, optimizer or loss is not what it was. */
export const touchStructure = (): void => {
  version++
}
