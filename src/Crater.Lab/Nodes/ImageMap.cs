using Crater.Diagnostics;

namespace Crater.Lab.Nodes;

/// <summary>What an image is in the lab: a program on this machine.</summary>
/// <param name="Command">What the image's ENTRYPOINT would be; empty for <c>host</c>: the pod's own command is run.</param>
public sealed record MappedImage(IReadOnlyList<string> Command);

/// <summary>Image names and the programs that they stand for.</summary>
public sealed class ImageMap
{
    private readonly List<(string Name, MappedImage Image)> _entries = [];

    internal IReadOnlyList<(string Name, MappedImage Image)> Entries => _entries;

    /// <summary>Adds <c>NAME=COMMAND</c> or <c>NAME=host</c>. The command is split at spaces; an argument with spaces is put into double quotes.</summary>
    /// <exception cref="CraterException">CRT6502: the text has no name or no command.</exception>
    public ImageMap Add(string mapping)
    {
        var split = mapping.IndexOf('=', StringComparison.Ordinal);
        var name = split < 0 ? "" : mapping[..split].Trim();
        var command = split < 0 ? [] : Words(mapping[(split + 1)..]);
        if (name.Length == 0 || command.Count == 0)
        {
            throw new CraterException("CRT6502", $"'{mapping}' is not an image mapping; write NAME=COMMAND, for example web=/usr/bin/my-server, or NAME=host.");
        }

        return Add(name, command is ["host"] ? [] : command);
    }

    /// <summary>Adds an image with its argument vector; an empty one means <c>host</c>.</summary>
    public ImageMap Add(string name, IReadOnlyList<string> command)
    {
        _entries.RemoveAll(entry => entry.Name == name);
        _entries.Add((name, new MappedImage(command)));
        return this;
    }

    /// <summary>The longest name that is the image, with or without its tag.</summary>
    /// <returns>Null when no name matches: the image cannot be pulled.</returns>
    public MappedImage? Find(string image)
    {
        var plain = Plain(image);
        var found = _entries.Where(entry => Matches(entry.Name, plain)).OrderByDescending(entry => entry.Name.Length).ToList();
        return found.Count == 0 ? null : found[0].Image;
    }

    /// <summary>Registry host names that mean the same as none.</summary>
    private static string Plain(string image)
    {
        var rest = image;
        foreach (var prefix in (string[])["docker.io/library/", "docker.io/"])
        {
            rest = rest.StartsWith(prefix, StringComparison.Ordinal) ? rest[prefix.Length..] : rest;
        }

        return rest;
    }

    private static bool Matches(string name, string image)
    {
        var plain = Plain(name);
        return image == plain || (image.StartsWith(plain, StringComparison.Ordinal) && image[plain.Length] is ':' or '@' && !plain[(plain.LastIndexOf('/') + 1)..].Contains(':'));
    }

    private static List<string> Words(string text)
    {
        List<string> words = [];
        var word = new System.Text.StringBuilder();
        var (isQuoted, isOpen) = (false, false);
        foreach (var letter in text)
        {
            if (letter == '"')
            {
                (isQuoted, isOpen) = (!isQuoted, true);
            }
            else if (letter == ' ' && !isQuoted)
            {
                Close();
            }
            else
            {
                word.Append(letter);
                isOpen = true;
            }
        }

        Close();
        return words;

        void Close()
        {
            if (isOpen)
            {
                words.Add(word.ToString());
                word.Clear();
                isOpen = false;
            }
        }
    }
}
