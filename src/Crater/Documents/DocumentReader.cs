using System.Text;
using Crater.Diagnostics;

namespace Crater.Documents;

/// <summary>Reads YAML and JSON into one kind of tree. Never throws for what a document contains: every problem is in the answer.</summary>
public static class DocumentReader
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static Document Read(string text, DocumentFormat format, ReadLimits? limits = null)
    {
        limits ??= ReadLimits.Default;
        text = text.StartsWith('\uFEFF') ? text[1..] : text;
        if (text.Length > limits.SizeMax)
        {
            return Failed(text, format, new Problem("", "CRT1003",
                $"The document has {text.Length} characters, more than the {limits.SizeMax} that are read. Split it."));
        }

        List<Problem> problems = [];
        try
        {
            var root = format == DocumentFormat.Json ? new JsonTree(text, limits, problems).Read() : new YamlTree(text, limits, problems).Read();
            return new Document(root, text, format, problems);
        }
        catch (UnreadableException unreadable)
        {
            return new Document(null, text, format, [.. problems, unreadable.Problem]);
        }
    }

    /// <summary>Reads a file; the extension <c>.json</c> means JSON, anything else YAML.</summary>
    public static Document ReadFile(string path, ReadLimits? limits = null) =>
        Bytes(path, limits ?? ReadLimits.Default, bytes => ReadBytes(bytes, FormatOf(path), path, limits));

    /// <summary>The bare text of a file, with the same limits; there is never a tree.</summary>
    public static Document ReadText(string path, ReadLimits? limits = null) =>
        Bytes(path, limits ?? ReadLimits.Default, bytes => TryText(bytes, path, out var problem) is { } text
            ? new Document(null, text, DocumentFormat.Yaml, [])
            : Failed("", DocumentFormat.Yaml, problem!));

    private static Document Bytes(string path, ReadLimits limits, Func<byte[], Document> read)
    {
        var format = FormatOf(path);
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 1);
            return UpTo(limits.SizeMax, stream) is { } bytes
                ? read(bytes)
                : Failed("", format, new Problem(path, "CRT1003", $"The file has more than the {limits.SizeMax} bytes that are read. Split it."));
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return Failed("", format, new Problem(path, "CRT1001", $"There is no file {path}. Check the path; it is looked up from {Directory.GetCurrentDirectory()}."));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            return Failed("", format, new Problem(path, "CRT1002", $"The file {path} cannot be read: {error.Message}"));
        }
    }

    public static DocumentFormat FormatOf(string path) =>
        path.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? DocumentFormat.Json : DocumentFormat.Yaml;

    /// <summary>Reads bytes, which must be UTF-8.</summary>
    public static Document ReadBytes(byte[] bytes, DocumentFormat format, string path = "", ReadLimits? limits = null) =>
        TryText(bytes, path, out var problem) is { } text ? Read(text, format, limits) : Failed("", format, problem!);

    private static string? TryText(byte[] bytes, string path, out Problem? problem)
    {
        problem = null;
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException error)
        {
            var (line, column) = Place(bytes, error.Index);
            problem = new Problem(path, "CRT1004", $"Byte {error.Index + 1} is not UTF-8. Save the file as UTF-8, for example with iconv -f LATIN1 -t UTF-8.", line, column);
            return null;
        }
    }

    // Counted while it is read: what is no plain file does not know its length, and may have no end.
    private static byte[]? UpTo(int max, Stream stream)
    {
        using var kept = new MemoryStream(stream.CanSeek ? (int)Math.Min(stream.Length, max) + 1 : 0);
        var buffer = new byte[81920];
        for (int read; (read = stream.Read(buffer)) > 0;)
        {
            kept.Write(buffer, 0, read);
            if (kept.Length > max)
            {
                return null;
            }
        }

        return kept.ToArray();
    }

    private static Document Failed(string text, DocumentFormat format, Problem problem) => new(null, text, format, [problem]);

    private static (int Line, int Column) Place(byte[] bytes, int index)
    {
        var before = bytes.AsSpan(0, Math.Clamp(index, 0, bytes.Length));
        return (before.Count((byte)'\n') + 1, before.Length - (before.LastIndexOf((byte)'\n') + 1) + 1);
    }
}
