namespace Crater.Lab.Api.Expressions;

/// <summary>An expression cannot be read, or cannot be evaluated on the object at hand.</summary>
/// <param name="at">Which character of the expression; -1 when it was read and could not be evaluated.</param>
internal sealed class ExpressionException(string message, int at = -1) : Exception(message)
{
    public int At { get; } = at;
}
