using System.Globalization;
using System.Text;

namespace Crater.Lab.Api.Expressions;

internal enum TokenKind { Name, Text, Integer, Real, Mark, End }

/// <param name="Value">The value of a literal; null otherwise.</param>
internal readonly record struct Token(TokenKind Kind, string Text, object? Value, int At);

/// <summary>Cuts an expression of CEL into its tokens.</summary>
internal static class Lexer
{
    private static readonly string[] LongMarks = ["==", "!=", "<=", ">=", "&&", "||"];

    /// <exception cref="ExpressionException">A character that no token begins with, or a text without its end.</exception>
    public static List<Token> Read(string source)
    {
        List<Token> tokens = [];
        var at = 0;
        while (at < source.Length)
        {
            var letter = source[at];
            if (char.IsWhiteSpace(letter))
            {
                at++;
            }
            else if (letter is '"' or '\'' || (letter == 'r' && at + 1 < source.Length && source[at + 1] is '"' or '\''))
            {
                tokens.Add(ReadText(source, ref at));
            }
            else if (char.IsAsciiLetter(letter) || letter == '_')
            {
                tokens.Add(ReadName(source, ref at));
            }
            else if (char.IsAsciiDigit(letter))
            {
                tokens.Add(ReadNumber(source, ref at));
            }
            else
            {
                tokens.Add(ReadMark(source, ref at));
            }
        }

        tokens.Add(new Token(TokenKind.End, "", null, at));
        return tokens;
    }

    private static Token ReadName(string source, ref int at)
    {
        var start = at;
        while (at < source.Length && (char.IsAsciiLetterOrDigit(source[at]) || source[at] == '_'))
        {
            at++;
        }

        return new Token(TokenKind.Name, source[start..at], null, start);
    }

    private static Token ReadNumber(string source, ref int at)
    {
        var start = at;
        while (at < source.Length && (char.IsAsciiLetterOrDigit(source[at]) || (source[at] == '.' && at + 1 < source.Length && char.IsAsciiDigit(source[at + 1]))))
        {
            at++;
        }

        var text = source[start..at];
        return long.TryParse(text.TrimEnd('u'), NumberStyles.None, CultureInfo.InvariantCulture, out var whole)
            ? new Token(TokenKind.Integer, text, whole, start)
            : text.StartsWith("0x", StringComparison.Ordinal) && long.TryParse(text[2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var hex)
                ? new Token(TokenKind.Integer, text, hex, start)
                : double.TryParse(text, CultureInfo.InvariantCulture, out var real)
                    ? new Token(TokenKind.Real, text, real, start)
                    : throw new ExpressionException($"Syntax error: '{text}' is no number", start);
    }

    private static Token ReadText(string source, ref int at)
    {
        var start = at;
        var isRaw = source[at] == 'r';
        at += isRaw ? 1 : 0;
        var quote = source[at++];
        var text = new StringBuilder();
        while (at < source.Length && source[at] != quote)
        {
            if (source[at] == '\\' && !isRaw && at + 1 < source.Length)
            {
                text.Append(source[at + 1] switch { 'n' => '\n', 't' => '\t', 'r' => '\r', var other => other });
                at += 2;
            }
            else
            {
                text.Append(source[at++]);
            }
        }

        if (at >= source.Length)
        {
            throw new ExpressionException("Syntax error: a text has no end", start);
        }

        at++;
        return new Token(TokenKind.Text, source[start..at], text.ToString(), start);
    }

    private static Token ReadMark(string source, ref int at)
    {
        var start = at;
        var two = at + 1 < source.Length ? source.Substring(at, 2) : "";
        if (LongMarks.Contains(two))
        {
            at += 2;
            return new Token(TokenKind.Mark, two, null, start);
        }

        if (!"()[]{}.,?:+-*/%<>!".Contains(source[at], StringComparison.Ordinal))
        {
            throw new ExpressionException($"Syntax error: token recognition error at: '{source[at]}'", start);
        }

        return new Token(TokenKind.Mark, source[at++].ToString(), null, start);
    }
}
