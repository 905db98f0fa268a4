// A Worker for workerd: trains in a request.
import * as cornus from 'cornus'
import { sameBits } from 'same-bits'

export default {
  async fetch() {
    try {
      const hashes = await sameBits(cornus, 20)
      const { runtime, build, threads, why } = cornus.info()
      return Response.json({ hashes, runtime, build, threads, why })
    } catch (error) {
      return Response.json({ error: String(error?.stack ?? error) }, { status: 500 })
    }
  },
}
