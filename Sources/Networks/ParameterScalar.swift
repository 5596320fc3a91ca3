/// A number type that parameters can be stored in.
///
/// `Float` is what agents train in; `Double` is what verification runs in.
public protocol ParameterScalar: BinaryFloatingPoint, SafetensorsScalar, Sendable {}

extension Float: ParameterScalar {}
extension Double: ParameterScalar {}
