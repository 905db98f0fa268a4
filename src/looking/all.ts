// What is loaded when somebody looks at a model.
export { toDot } from './dot'
export { profile } from './profile'
export { toSVG } from './svg'
