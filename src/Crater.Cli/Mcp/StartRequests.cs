using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Crater.Diagnostics;

namespace Crater.Cli.Mcp;

/// <summary>
/// What an assistant wants to start, and a person's yes to it: files in <c>.crater/approvals</c>, readable by their owner alone. The code is shown on the person's terminal and nowhere else; what is
/// stored of it is a hash, so that who can read the folder cannot start anything. It counts once, for ten minutes, and for exactly the document that the person saw.
/// </summary>
internal sealed class StartRequests(string workingDirectory, TimeProvider clock)
{
    public static readonly TimeSpan ValidFor = TimeSpan.FromMinutes(10);

    /// <value>Characters of a code, out of 32: 40 bits, and each wrong one ends the request.</value>
    private const int CodeLength = 8;

    private const string Letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

    private readonly string _folder = Path.Combine(workingDirectory, ".crater", "approvals");

    /// <param name="Id">Eight hexadecimal digits.</param>
    /// <param name="Document">Its path, within the working directory.</param>
    /// <param name="Client">Who asks.</param>
    public sealed record Request(string Id, string Document, string Hash, string Client);

    public Request Open(string document, string client)
    {
        Directory.CreateDirectory(_folder);
        var request = new Request(RandomNumberGenerator.GetHexString(8, lowercase: true), document, HashOf(document), client);
        Write(PathOf(request.Id, "request"), $"{request.Document}\n{request.Hash}\n{request.Client}\n");
        return request;
    }

    public IReadOnlyList<Request> All() => !Directory.Exists(_folder) ? []
        : [.. Directory.GetFiles(_folder, "*.request").Select(path => Find(Path.GetFileNameWithoutExtension(path))).OfType<Request>().OrderBy(request => request.Id, StringComparer.Ordinal)];

    /// <summary>Null when there is none of this id.</summary>
    public Request? Find(string id) => id.Length == 8 && id.All(char.IsAsciiHexDigit) && File.Exists(PathOf(id, "request")) && File.ReadAllLines(PathOf(id, "request")) is [var document, var hash, var client, ..]
        ? new Request(id, document, hash, client) : null;

    /// <summary>A person's yes.</summary>
    /// <returns>The code, to be shown to that person.</returns>
    /// <exception cref="CraterException">CRT7363: the document has changed since it was asked for.</exception>
    public string Approve(Request request)
    {
        Unchanged(request);
        var code = RandomNumberGenerator.GetString(Letters, CodeLength);
        Write(PathOf(request.Id, "granted"), $"{HashOfCode(request, code)}\n{(clock.GetUtcNow() + ValidFor).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)}\n");
        return code;
    }

    /// <summary>Takes a code. Right or wrong, it and its request are gone afterwards.</summary>
    /// <returns>The document that may be started.</returns>
    /// <exception cref="CraterException">CRT7362: it is no code of this request, or too old. CRT7363: there is no such request, or its document has changed.</exception>
    public string Redeem(string id, string code)
    {
        var request = Find(id) ?? throw new CraterException("CRT7363", "There is no such request, or it was used already. Ask for the start again.");
        var granted = PathOf(id, "granted");
        if (!File.Exists(granted))
        {
            throw new CraterException("CRT7362", $"Nobody has approved it yet. A person has to run 'craterctl approve {id}' in a terminal, and say the code that it shows.");
        }

        // Taken by a rename, so that of two who bring the same code at once one comes too late.
        var taken = PathOf(id, $"taken-{RandomNumberGenerator.GetHexString(8)}");
        try
        {
            File.Move(granted, taken);
        }
        catch (FileNotFoundException)
        {
            throw new CraterException("CRT7362", "The code was used already. Ask for the start again.");
        }

        var lines = File.ReadAllLines(taken);
        File.Delete(taken);
        File.Delete(PathOf(id, "request"));
        var isRight = lines is [var hash, ..] && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(hash), Encoding.ASCII.GetBytes(HashOfCode(request, code)));
        if (!isRight || lines is not [_, var until, ..] || long.Parse(until, CultureInfo.InvariantCulture) < clock.GetUtcNow().ToUnixTimeSeconds())
        {
            throw new CraterException("CRT7362", $"This is not the code of the request, or it is older than {ValidFor.TotalMinutes:0} minutes; the request is closed. Ask for the start again.");
        }

        Unchanged(request);
        return request.Document;
    }

    private static void Unchanged(Request request)
    {
        if (!File.Exists(request.Document) || HashOf(request.Document) != request.Hash)
        {
            throw new CraterException("CRT7363", $"{Path.GetFileName(request.Document)} is not what it was when the start was asked for. Ask for the start again.");
        }
    }

    private static string HashOf(string document) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(document)));

    // The document's hash is in it, so a yes to one document is none to another.
    private static string HashOfCode(Request request, string code) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{request.Id} {request.Hash} {code.Trim().ToUpperInvariant()}")));

    private string PathOf(string id, string kind) => Path.Combine(_folder, $"{id}.{kind}");

    private static void Write(string path, string text)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var file = new StreamWriter(path, Encoding.UTF8, options);
        file.Write(text);
    }
}
