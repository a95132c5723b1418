using Crater.Diagnostics;

namespace Crater.Experiments.Wrapper;

/// <summary>
/// The wrapper's file beside an experiment, <c>experiment.conf</c>: DEFAULT applies always, and one context over it, key by key. docs/experiment-conf.md
/// describes it.
/// </summary>
public sealed class ConfFile
{
    private readonly IniText _ini;
    private readonly string _path;

    private ConfFile(IniText ini, string path) => (_ini, _path) = (ini, path);

    /// <summary>The contexts that can be asked for.</summary>
    public IReadOnlyList<string> Contexts => _ini.Sections;

    public static bool Is(string path) => path.EndsWith(".conf", StringComparison.OrdinalIgnoreCase);

    /// <exception cref="CraterException">CRT1001, CRT1002: it cannot be read. CRT1220: every line that is no INI.</exception>
    public static ConfFile Read(string path)
    {
        try
        {
            return Parse(File.ReadAllText(path), path);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CraterException("CRT1001", $"There is no file {path}. Check the path; it is looked up from {Directory.GetCurrentDirectory()}.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CraterException("CRT1002", $"The file {path} cannot be read: {error.Message}", error);
        }
    }

    /// <exception cref="CraterException">CRT1220.</exception>
    public static ConfFile Parse(string text, string path)
    {
        var ini = IniText.Read(text);
        return ini.Problems.Count == 0 ? new ConfFile(ini, path) : throw CraterException.For($"The conf file {path}", ini.Problems);
    }

    /// <param name="context">Empty for DEFAULT alone.</param>
    /// <exception cref="CraterException">CRT1221: there is no such context. CRT1222, CRT1223, CRT1224: a value that cannot be understood.</exception>
    public ConfSettings Settings(string context)
    {
        var section = context.Length == 0 ? IniText.Default : context;
        if (section != IniText.Default && !_ini.Sections.Contains(section))
        {
            throw new CraterException("CRT1221", _ini.Sections.Count == 0
                ? $"{_path} has no context {context}; it has none at all. Leave --context out, or add a section [{context}]."
                : $"{_path} has no context {context}; it has {string.Join(", ", _ini.Sections)}.{Spelling.DidYouMean(context, _ini.Sections)}");
        }

        var reading = new ConfReading(_ini, section);
        var settings = reading.Read(Path.GetDirectoryName(Path.GetFullPath(_path)) ?? "/");
        return settings.Problems.All(problem => problem.IsWarning) ? settings : throw CraterException.For($"The conf file {_path}", settings.Problems);
    }
}
