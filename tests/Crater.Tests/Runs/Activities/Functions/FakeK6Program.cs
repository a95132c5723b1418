namespace Crater.Tests.Runs.Activities.Functions;

/// <summary>
/// No k6: a shell script under that name on the PATH, which notes how it was called, asks the address once, and ends with k6's own lines and exit codes.
/// </summary>
internal sealed class FakeK6Program : IDisposable
{
    private const string Text = """
        #!/bin/sh
        # A stand-in for Grafana k6 that sends one request at most.
        here=$(dirname "$(readlink -f "$0")")
        echo "$@" > "$here/arguments"
        for last; do :; done
        [ "$last" = - ] && cat > "$here/script"
        env | grep '^CHAOS_K6_\|^FAKE_' | sort > "$here/variables"
        echo "     execution: local (fake-k6) secret=$FAKE_SECRET"
        if [ -n "$FAKE_SLEEP" ]; then sleep "$FAKE_SLEEP" & echo $! > "$here/child"; trap 'echo interrupted > "$here/interrupted"; exit 105' INT; wait; fi
        if [ -n "$FAKE_EXIT" ]; then echo 'time="2026-01-01T00:00:00Z" level=error msg="GoError: something in the script"' >&2; exit "$FAKE_EXIT"; fi
        [ -z "$CHAOS_K6_URL" ] && exit 0
        status=$(curl -s -o /dev/null -w '%{http_code}' -X "${CHAOS_K6_METHOD:-GET}" "$CHAOS_K6_URL")
        [ "$status" = "${CHAOS_K6_STATUS:-200}" ] && exit 0
        echo "time=\"2026-01-01T00:00:00Z\" level=error msg=\"thresholds on metrics 'missed' have been crossed\"" >&2
        exit 99
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("crater-fake-k6-");
    private readonly string _path = Environment.GetEnvironmentVariable("PATH") ?? "";

    public FakeK6Program()
    {
        var script = Path.Combine(_folder.FullName, "fake-k6-for-tests.sh");
        File.WriteAllText(script, Text);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        File.CreateSymbolicLink(Path.Combine(_folder.FullName, "k6"), script);
        Environment.SetEnvironmentVariable("PATH", $"{_folder.FullName}:{_path}");
    }

    public string Arguments => Read("arguments").Trim();

    public string[] Variables => Read("variables").Trim().Split('\n');

    public string At(string file) => Path.Combine(_folder.FullName, file);

    public string Read(string file) => File.ReadAllText(At(file));

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("PATH", _path);
        if (Directory.Exists(_folder.FullName))
        {
            _folder.Delete(recursive: true);
        }
    }
}
