// What is called in the system's libraries takes numbers and pointers alone. Saying so lets the calls be compiled ahead of time, which a start feels.
[assembly: System.Runtime.CompilerServices.DisableRuntimeMarshalling]
