// What the cells of cells.lib do, to simulate netlists with.
module INV(input A, output Y);
    assign Y = ~A;
endmodule
module BUF(input A, output Y);
    assign Y = A;
endmodule
module NAND2(input A, input B, output Y);
    assign Y = ~(A & B);
endmodule
module NOR2(input A, input B, output Y);
    assign Y = ~(A | B);
endmodule
module NAND3(input A, input B, input C, output Y);
    assign Y = ~(A & B & C);
endmodule
module NOR3(input A, input B, input C, output Y);
    assign Y = ~(A | B | C);
endmodule
module AND2(input A, input B, output Y);
    assign Y = A & B;
endmodule
module OR2(input A, input B, output Y);
    assign Y = A | B;
endmodule
module AOI21(input A1, input A2, input B, output Y);
    assign Y = ~((A1 & A2) | B);
endmodule
module OAI21(input A1, input A2, input B, output Y);
    assign Y = ~((A1 | A2) & B);
endmodule
module AOI22(input A1, input A2, input B1, input B2, output Y);
    assign Y = ~((A1 & A2) | (B1 & B2));
endmodule
module OAI22(input A1, input A2, input B1, input B2, output Y);
    assign Y = ~((A1 | A2) & (B1 | B2));
endmodule
module XOR2(input A, input B, output Y);
    assign Y = A ^ B;
endmodule
module XNOR2(input A, input B, output Y);
    assign Y = A ~^ B;
endmodule
module MUX2(input A, input B, input S, output Y);
    assign Y = S ? B : A;
endmodule
module DFF(input C, input D, output reg Q);
    always @(posedge C) Q <= D;
endmodule
