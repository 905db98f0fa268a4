// What a test imports may be a part of the library without its self-check, which wide mode asks for.
import '../../src/selfCheck'
