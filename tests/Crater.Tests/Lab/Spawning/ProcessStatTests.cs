using Crater.Lab.Spawning;
using Xunit;

namespace Crater.Tests.Lab.Spawning;

public sealed class ProcessStatTests
{
    [Fact]
    public void A_name_with_brackets_and_spaces_does_not_shift_the_fields()
    {
        const string Line = "42 (a) b (c) S 1 42 41 0 -1 4194304 1 0 0 0 7 5 0 0 20 0 1 0 12345 1000 321 1844";
        Assert.Equal(new ProcessStat(42, 'S', 1, 41, 12, 12345, 321), ProcessStat.Parse(42, Line));
    }

    [Fact]
    public void A_tree_is_a_session_and_all_descendants()
    {
        ProcessStat[] all = [Of(10, 1, 10), Of(11, 10, 10), Of(12, 11, 12), Of(13, 1, 10), Of(20, 1, 20)];
        Assert.Equal([10, 11, 12, 13], ProcessTree.Of(new ProcessId(10, 7), all).Select(process => process.Pid));
    }

    [Fact]
    public void Another_process_with_the_same_pid_has_no_tree_of_ours() =>
        Assert.Empty(ProcessTree.Of(new ProcessId(10, 6), [Of(10, 1, 10), Of(11, 10, 10)]));

    private static ProcessStat Of(int pid, int parent, int session) => new(pid, 'S', parent, session, 0, 7, 0);
}
